package com.kaltura.session;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** What a session shall be. What is not set is the library's default; a bad value is reported by the call that takes them. */
public final class Options {
    /** Takes a log line, on any thread; the level is a {@link Constants.LogLevel}. */
    public interface Log {
        void line(int level, String line);
    }

    private static final CLibrary LIBRARY = C.LIBRARY;
    private static final CLibrary.kaltura_log_fn LOG_LINE =
        C.callback((log, level, line) -> C.<Log>kept(log).line(level, line));
    private static final CLibrary.kaltura_cancel_fn CANCEL_HASH =
        C.callback(hash -> C.<CompletionStage<String>>kept(hash).toCompletableFuture().cancel(true));
    private static final CLibrary.kaltura_token_hash_fn HASH_WANTED =
        C.callback((tokenHash, hashing) -> answer(C.kept(tokenHash), hashing));

    private final long partnerId;
    private final String appTokenId, appToken;
    private final List<Consumer<Pointer>> settings = new ArrayList<>();

    /** The app token is null if there is a tokenHash. */
    public Options(long partnerId, String appTokenId, String appToken) {
        this.partnerId = partnerId;
        this.appTokenId = appTokenId;
        this.appToken = appToken;
    }

    public Options serviceUrl(String url) {
        return set(o -> LIBRARY.kaltura_options_set_service_url(o, C.text(url)));
    }

    public Options allowHttp(boolean allow) {
        return set(o -> LIBRARY.kaltura_options_set_allow_http(o, allow ? 1 : 0));
    }

    public Options hashType(int hashType) {
        return set(o -> LIBRARY.kaltura_options_set_hash_type(o, hashType));
    }

    public Options userId(String userId) {
        return set(o -> LIBRARY.kaltura_options_set_user_id(o, C.text(userId)));
    }

    public Options sessionType(int sessionType) {
        return set(o -> LIBRARY.kaltura_options_set_session_type(o, sessionType));
    }

    public Options expirySeconds(long seconds) {
        return set(o -> LIBRARY.kaltura_options_set_expiry_seconds(o, seconds));
    }

    public Options privileges(String privileges) {
        return set(o -> LIBRARY.kaltura_options_set_privileges(o, C.text(privileges)));
    }

    public Options widgetId(String widgetId) {
        return set(o -> LIBRARY.kaltura_options_set_widget_id(o, C.text(widgetId)));
    }

    public Options widgetExpirySeconds(long seconds) {
        return set(o -> LIBRARY.kaltura_options_set_widget_expiry_seconds(o, seconds));
    }

    public Options clientTag(String tag) {
        return set(o -> LIBRARY.kaltura_options_set_client_tag(o, C.text(tag)));
    }

    public Options totalTimeoutMs(long ms) {
        return set(o -> LIBRARY.kaltura_options_set_total_timeout_ms(o, ms));
    }

    public Options connectTimeoutMs(long ms) {
        return set(o -> LIBRARY.kaltura_options_set_connect_timeout_ms(o, ms));
    }

    public Options maxAttempts(int attempts) {
        return set(o -> LIBRARY.kaltura_options_set_max_attempts(o, attempts));
    }

    public Options proxyUrl(String url) {
        return set(o -> LIBRARY.kaltura_options_set_proxy_url(o, C.text(url)));
    }

    public Options trust(int trust) {
        return set(o -> LIBRARY.kaltura_options_set_trust(o, trust));
    }

    public Options addCaPem(String pem) {
        return set(o -> LIBRARY.kaltura_options_add_ca_pem(o, C.text(pem)));
    }

    public Options addPinSpkiSha256(String base64) {
        return set(o -> LIBRARY.kaltura_options_add_pin_spki_sha256(o, C.text(base64)));
    }

    public Options refreshWindowsSeconds(long advisory, long mandatory) {
        return set(o -> LIBRARY.kaltura_options_set_refresh_windows_seconds(o, advisory, mandatory));
    }

    /** From the widget KS to hex(H(widget KS + app token)); the future is cancelled when nobody waits for it any more. */
    public Options tokenHash(Function<String, ? extends CompletionStage<String>> tokenHash) {
        return set(o -> LIBRARY.kaltura_options_set_token_hash(o, HASH_WANTED, C.keep(tokenHash), C.LET_GO));
    }

    public Options log(int maxLevel, Log log) {
        return set(o -> LIBRARY.kaltura_options_set_log(o, maxLevel, LOG_LINE, C.keep(log), C.LET_GO));
    }

    private Options set(Consumer<Pointer> setting) {
        settings.add(setting);
        return this;
    }

    /** Lends C options to a function. */
    <T> T with(Function<Pointer, T> use) {
        Pointer options = LIBRARY.kaltura_options_new(partnerId, C.text(appTokenId), C.text(appToken));
        try {
            settings.forEach(setting -> setting.accept(options));
            return use.apply(options);
        } finally {
            LIBRARY.kaltura_options_free(options);
        }
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
