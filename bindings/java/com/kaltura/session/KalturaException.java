package com.kaltura.session;

import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. */
public final class KalturaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Of {@link Constants.Status}, {@link Constants.Category}, {@link Constants.Step}, {@link Constants.KsReason}. */
    public final int status, category, step, ksReason;
    /** What to do about it. */
    public final String hint;
    /** Null where the server gave none. */
    public final String option, apiCode, apiMessage, serverSession, serverHost;
    public final Map<String, String> apiArgs = new LinkedHashMap<>();
    public final int httpStatus, attempts;
    public final boolean isRetryable;
    public final long retryAfterMs;

    /** Frees the error. */
    KalturaException(Pointer error) {
        super(C.LIBRARY.kaltura_error_message(error));
        CLibrary c = C.LIBRARY;
        status = c.kaltura_error_status(error);
        category = c.kaltura_error_category(error);
        step = c.kaltura_error_step(error);
        ksReason = c.kaltura_error_ks_reason(error);
        hint = c.kaltura_error_hint(error);
        option = c.kaltura_error_option(error);
        apiCode = c.kaltura_error_api_code(error);
        apiMessage = c.kaltura_error_api_message(error);
        serverSession = c.kaltura_error_server_session(error);
        serverHost = c.kaltura_error_server_host(error);
        httpStatus = c.kaltura_error_http_status(error);
        attempts = c.kaltura_error_attempts(error);
        isRetryable = c.kaltura_error_is_retryable(error) != 0;
        retryAfterMs = c.kaltura_error_retry_after_ms(error);
        String name;
        while ((name = c.kaltura_error_api_arg_name(error, new NativeLong(apiArgs.size()))) != null) {
            apiArgs.put(name, c.kaltura_error_api_arg(error, name));
        }
        c.kaltura_error_free(error);
    }
}
