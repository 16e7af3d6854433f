package com.kaltura.session;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.function.Consumer;
import java.util.function.Function;

/** A pointer that is freed once: by close() or the garbage collector, and never under a call that uses it. */
abstract class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final State state;
    private final Cleaner.Cleanable cleanable;

    Handle(Pointer pointer, Consumer<Pointer> free) {
        state = new State(pointer, free);
        cleanable = CLEANER.register(this, state);
    }

    /** Lets go of it, at the end of calls that use it. Again, it does nothing. */
    @Override
    public void close() {
        cleanable.clean();
    }

    <T> T use(Function<Pointer, T> call) {
        if (!state.enter()) {
            throw new IllegalStateException("closed: " + getClass().getSimpleName());
        }
        try {
            return call.apply(state.pointer);
        } finally {
            state.leave();
            Reference.reachabilityFence(this);
        }
    }

    void run(Consumer<Pointer> call) {
        use(pointer -> {
            call.accept(pointer);
            return null;
        });
    }

    static <T> T useIfAny(Handle handle, Function<Pointer, T> call) {
        return handle == null ? call.apply(null) : handle.use(call);
    }

    /** Makes a call whose last parameter is an error, and throws that. */
    static <T> T callOrThrow(Function<PointerByReference, T> call) {
        PointerByReference error = new PointerByReference();
        T result = call.apply(error);
        if (error.getValue() != null) {
            throw new KalturaException(error.getValue());
        }
        return result;
    }

    private static final class State implements Runnable {
        final Pointer pointer;
        private final Consumer<Pointer> free;
        private int users = 1; // the owner
        private boolean isClosed;

        State(Pointer pointer, Consumer<Pointer> free) {
            this.pointer = pointer;
            this.free = free;
        }

        synchronized boolean enter() {
            users += isClosed ? 0 : 1;
            return !isClosed;
        }

        void leave() {
            boolean isLast;
            synchronized (this) {
                isLast = --users == 0;
            }
            if (isLast) {
                free.accept(pointer);
            }
        }

        @Override
        public void run() {
            synchronized (this) {
                isClosed = true;
            }
            leave();
        }
    }
}
