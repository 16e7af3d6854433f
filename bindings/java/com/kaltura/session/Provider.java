package com.kaltura.session;

import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Keeps a valid session at hand, for any number of threads. */
public final class Provider extends ProviderMethods {
    private static final CLibrary.kaltura_load_fn LOADED =
        C.callback((take, session, error) -> C.<BiConsumer<Pointer, Pointer>>kept(take).accept(session, error));

    public Provider(Options options) {
        super(options.with(o -> callOrThrow(error -> C.LIBRARY.kaltura_provider_new(o, error))));
    }

    /**
     * As load(), without blocking. Cancelling the future cancels the load. What depends on the future runs on the provider's
     * thread unless it is given an executor.
     */
    public CompletableFuture<Session> loadAsync() {
        CompletableFuture<Session> future = new CompletableFuture<>();
        Cancellation cancellation = new Cancellation();
        BiConsumer<Pointer, Pointer> take = (session, error) -> {
            if (session == null) {
                future.completeExceptionally(new KalturaException(error));
                return;
            }
            Session loaded = new Session(session);
            if (!future.complete(loaded)) {
                loaded.close();
            }
            Reference.reachabilityFence(this);
        };
        use(provider -> cancellation.use(cancel -> callOrThrow(
            error -> C.LIBRARY.kaltura_provider_load_async(provider, cancel, LOADED, C.keep(take), C.LET_GO, error))));
        future.whenComplete((session, failure) -> {
            if (future.isCancelled()) {
                cancellation.cancel();
            }
            cancellation.close();
        });
        return future;
    }

    /** Ends what is under way. Again, it does nothing. */
    @Override
    public void close() {
        try {
            shutdown();
        } catch (IllegalStateException isClosed) {
            return;
        }
        super.close();
    }
}
