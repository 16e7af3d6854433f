package com.kaltura.session;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.time.Instant;

/** A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected. */
public final class Session extends Handle {
    Session(Pointer pointer) {
        super(pointer, C.LIBRARY::kaltura_session_free);
    }

    /** A new session. It blocks. */
    public static Session start(Options options) {
        return start(options, null);
    }

    /** A new session, unless it is cancelled. It blocks. */
    public static Session start(Options options, Cancellation cancellation) {
        return options.with(o -> useIfAny(cancellation,
            cancel -> new Session(callOrThrow(error -> C.LIBRARY.kaltura_start_session(o, cancel, error)))));
    }

    /** What every other call to Kaltura wants. */
    public String ks() {
        return use(C.LIBRARY::kaltura_session_ks);
    }

    public long partnerId() {
        return use(C.LIBRARY::kaltura_session_partner_id);
    }

    public String userId() {
        return use(C.LIBRARY::kaltura_session_user_id);
    }

    /** A {@link Constants.SessionType}. */
    public int grantedType() {
        return use(C.LIBRARY::kaltura_session_granted_type);
    }

    public String privileges() {
        return use(C.LIBRARY::kaltura_session_privileges);
    }

    public String droppedPrivileges() {
        return use(C.LIBRARY::kaltura_session_dropped_privileges);
    }

    /** Flags of {@link Constants.Adjustment}. */
    public int adjustments() {
        return use(C.LIBRARY::kaltura_session_adjustments);
    }

    /** A {@link Constants.HashType}. */
    public int hashType() {
        return use(C.LIBRARY::kaltura_session_hash_type);
    }

    /** On the server's clock. */
    public Instant expiresAt() {
        return Instant.ofEpochSecond(use(C.LIBRARY::kaltura_session_expires_at_seconds));
    }

    public Duration remaining() {
        return Duration.ofMillis(use(C.LIBRARY::kaltura_session_remaining_ms));
    }
}
