package com.kaltura.session;

import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Keeps a valid session at hand, for any number of threads. */
public final class Provider extends Handle {
    private static final CLibrary LIBRARY = C.LIBRARY;
    private static final CLibrary.kaltura_load_fn LOADED =
        C.callback((take, session, error) -> C.<BiConsumer<Pointer, Pointer>>kept(take).accept(session, error));

    public Provider(Options options) {
        super(options.with(o -> callOrThrow(error -> LIBRARY.kaltura_provider_new(o, error))), LIBRARY::kaltura_provider_free);
    }

    public String serviceUrl() {
        return use(LIBRARY::kaltura_provider_service_url);
    }

    public long partnerId() {
        return use(LIBRARY::kaltura_provider_partner_id);
    }

    /** A valid session; at once if there is one, else it blocks. */
    public Session load() {
        return load(null);
    }

    /** As load(), unless it is cancelled. */
    public Session load(Cancellation cancellation) {
        return use(provider -> useIfAny(cancellation,
            cancel -> new Session(callOrThrow(error -> LIBRARY.kaltura_provider_load(provider, cancel, error)))));
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
            error -> LIBRARY.kaltura_provider_load_async(provider, cancel, LOADED, C.keep(take), C.LET_GO, error))));
        future.whenComplete((session, failure) -> {
            if (future.isCancelled()) {
                cancellation.cancel();
            }
            cancellation.close();
        });
        return future;
    }

    /** The cached session, if one lives. */
    public Optional<Session> peek() {
        return use(provider -> Optional.ofNullable(LIBRARY.kaltura_provider_peek(provider)).map(Session::new));
    }

    /** Starts a refresh in the background, if one is due. */
    public void prefetch() {
        run(LIBRARY::kaltura_provider_prefetch);
    }

    /** Drops a session; null drops whatever there is, for a user's log-out. */
    public void invalidate(String ks) {
        run(provider -> LIBRARY.kaltura_provider_invalidate(provider, C.text(ks)));
    }

    /** What to do, a {@link Constants.Advice}, about an error that another call to the server gave for a KS. */
    public int reportError(String ks, String apiCode, String ksid) {
        return use(provider -> LIBRARY.kaltura_provider_report_error(provider, C.text(ks), C.text(apiCode), C.text(ksid)));
    }

    /** Switches the user. */
    public void setUserId(String userId) {
        use(provider -> callOrThrow(error -> LIBRARY.kaltura_provider_set_user_id(provider, C.text(userId), error)));
    }

    /** Ends every session of the app token, at the server. It blocks. */
    public void endSession(int flags, Cancellation cancellation) {
        use(provider -> useIfAny(cancellation,
            cancel -> callOrThrow(error -> LIBRARY.kaltura_provider_end_session(provider, flags, cancel, error))));
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        try {
            run(LIBRARY::kaltura_provider_shutdown);
        } catch (IllegalStateException isClosed) {
            return;
        }
        super.close();
    }

    private void run(java.util.function.Consumer<Pointer> call) {
        use(provider -> {
            call.accept(provider);
            return null;
        });
    }
}
