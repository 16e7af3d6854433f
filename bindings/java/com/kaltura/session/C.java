package com.kaltura.session;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The library, and the Java objects that it holds as user_data. */
final class C {
    static final CLibrary LIBRARY = open();
    private static final Map<Long, Object> KEPT = new ConcurrentHashMap<>();
    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    // A thread of the library's stays known to the JVM until it ends: between two callbacks it would cost too much.
    private static final CallbackThreadInitializer THREADS = new CallbackThreadInitializer(true, false, "kaltura");

    static final CLibrary.kaltura_destroy_fn LET_GO = callback(userData -> C.KEPT.remove(Pointer.nativeValue(userData)));

    private C() {}

    static <T extends Callback> T callback(T callback) {
        Native.setCallbackThreadInitializer(callback, THREADS);
        return callback;
    }

    private static CLibrary open() {
        CLibrary library = Native.load("kaltura_session", CLibrary.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        if (library.kaltura_abi_version() != Constants.ABI_VERSION) {
            throw new UnsatisfiedLinkError("libkaltura_session has ABI " + library.kaltura_abi_version());
        }
        return library;
    }

    static Pointer keep(Object value) {
        long number = LAST_NUMBER.incrementAndGet();
        KEPT.put(number, value);
        return new Pointer(number);
    }

    @SuppressWarnings("unchecked") // what keep() was given
    static <T> T kept(Pointer userData) {
        return (T) KEPT.get(Pointer.nativeValue(userData));
    }

    /** C would see what is before a NUL; this character is refused, as a NUL should be. */
    static String text(String text) {
        return text == null ? null : text.replace('\0', '\1');
    }
}
