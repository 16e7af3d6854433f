package com.kaltura.session;

/** Ends the blocking calls that it was given to, running or to come. */
public final class Cancellation extends Handle {
    public Cancellation() {
        super(C.LIBRARY.kaltura_cancellation_new(), C.LIBRARY::kaltura_cancellation_free);
    }

    public void cancel() {
        use(pointer -> {
            C.LIBRARY.kaltura_cancellation_cancel(pointer);
            return null;
        });
    }
}
