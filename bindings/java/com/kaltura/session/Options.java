package com.kaltura.session;

import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a session shall be. What is not set is the library's default; a bad value is reported by the call that takes them.
 * Callbacks run on threads of the library's, perhaps on several at a time.
 */
public final class Options extends OptionValues {
    /** Takes a log line; the level is a {@link Constants.LogLevel}. */
    public interface Log {
        void line(int level, String line);
    }

    private static final CLibrary LIBRARY = C.LIBRARY;
    private static final CLibrary.kaltura_log_fn LOG_LINE =
        C.callback((log, level, line) -> C.<Log>kept(log).line(level, line));
    private static final CLibrary.kaltura_send_fn SEND =
        C.callback((transport, exchange) -> C.<Consumer<Exchange>>kept(transport).accept(new Exchange(exchange)));
    private static final CLibrary.kaltura_store_load_fn STORE_LOAD = C.callback((store, key, blob) -> {
        byte[] bytes = C.<Store>kept(store).load(key);
        LIBRARY.kaltura_blob_set(blob, bytes, new NativeLong(bytes == null ? 0 : bytes.length));
    });
    private static final CLibrary.kaltura_store_save_fn STORE_SAVE = C.callback((store, key, bytes, length) ->
        C.<Store>kept(store).save(key, bytes.getByteArray(0, length.intValue())) ? 1 : 0);
    private static final CLibrary.kaltura_store_clear_fn STORE_CLEAR =
        C.callback((store, key) -> C.<Store>kept(store).clear(key) ? 1 : 0);
    private static final CLibrary.kaltura_cancel_fn CANCEL_HASH =
        C.callback(hash -> C.<CompletionStage<String>>kept(hash).toCompletableFuture().cancel(true));
    private static final CLibrary.kaltura_token_hash_fn HASH_WANTED =
        C.callback((tokenHash, hashing) -> answer(C.kept(tokenHash), hashing));

    /** The app token is null if there is a tokenHash. */
    public Options(long partnerId, String appTokenId, String appToken) {
        super(partnerId, appTokenId, appToken);
    }

    /** From the widget KS to hex(H(widget KS + app token)); the future is cancelled when nobody waits for it any more. */
    public Options tokenHash(Function<String, ? extends CompletionStage<String>> tokenHash) {
        return set(o -> LIBRARY.kaltura_options_set_token_hash(o, HASH_WANTED, C.keep(tokenHash), C.LET_GO));
    }

    /** Carries each request over an HTTP stack of the program's; closes the exchange when it is answered. */
    public Options transport(Consumer<Exchange> transport) {
        return set(o -> LIBRARY.kaltura_options_set_transport(o, SEND, C.keep(transport), C.LET_GO));
    }

    public Options store(Store store) {
        return set(o -> LIBRARY.kaltura_options_set_store(o, STORE_LOAD, STORE_SAVE, STORE_CLEAR, C.keep(store), C.LET_GO));
    }

    public Options log(int maxLevel, Log log) {
        return set(o -> LIBRARY.kaltura_options_set_log(o, maxLevel, LOG_LINE, C.keep(log), C.LET_GO));
    }

    private static void answer(Function<String, ? extends CompletionStage<String>> tokenHash, Pointer hashing) {
        BiConsumer<String, Throwable> reply = (hash, failure) -> {
            if (failure == null) {
                LIBRARY.kaltura_hashing_reply(hashing, C.text(hash));
            } else {
                LIBRARY.kaltura_hashing_fail(hashing, C.text(failure.toString()));
            }
            LIBRARY.kaltura_hashing_free(hashing);
        };
        try {
            CompletionStage<String> hash = tokenHash.apply(LIBRARY.kaltura_hashing_widget_ks(hashing));
            LIBRARY.kaltura_hashing_on_cancel(hashing, CANCEL_HASH, C.keep(hash), C.LET_GO);
            hash.whenComplete(reply);
        } catch (RuntimeException failure) {
            reply.accept(null, failure);
        }
    }
}
