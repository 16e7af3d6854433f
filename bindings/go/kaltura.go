// Package kaltura gets Kaltura Sessions (KS) from app tokens, and keeps a valid one at hand. It is a thin layer over
// libkaltura_session; kaltura_session.h is the manual.
package kaltura

/*
#cgo pkg-config: kaltura-session
#include <stdlib.h>
#include <string.h>
#include <kaltura_session.h>

void kalturaGoDestroy(void *);
void kalturaGoLoaded(void *, kaltura_session *, kaltura_error *);
void kalturaGoLog(void *, kaltura_log_level, char *);
void kalturaGoTokenHash(void *, kaltura_hashing *);
void kalturaGoCancelled(void *);
*/
import "C"

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Error says why a call failed. It never holds a KS, a token or a token hash, so it may be logged. After a context ended,
// errors.Is finds that context's error in it.
type Error struct {
	Status                                                                Status
	Category                                                              Category
	Step                                                                  Step
	KsReason                                                              KsReason
	Message, Hint, Option, APICode, APIMessage, ServerSession, ServerHost string
	HTTPStatus, Attempts                                                  int
	IsRetryable                                                           bool
	RetryAfter                                                            time.Duration
	cause                                                                 error
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.cause }

func takeError(failure *C.kaltura_error, ctx context.Context) error {
	defer C.kaltura_error_free(failure)
	e := &Error{
		Status:        Status(C.kaltura_error_status(failure)),
		Category:      Category(C.kaltura_error_category(failure)),
		Step:          Step(C.kaltura_error_step(failure)),
		KsReason:      KsReason(C.kaltura_error_ks_reason(failure)),
		Message:       C.GoString(C.kaltura_error_message(failure)),
		Hint:          C.GoString(C.kaltura_error_hint(failure)),
		Option:        C.GoString(C.kaltura_error_option(failure)),
		APICode:       C.GoString(C.kaltura_error_api_code(failure)),
		APIMessage:    C.GoString(C.kaltura_error_api_message(failure)),
		ServerSession: C.GoString(C.kaltura_error_server_session(failure)),
		ServerHost:    C.GoString(C.kaltura_error_server_host(failure)),
		HTTPStatus:    int(C.kaltura_error_http_status(failure)),
		Attempts:      int(C.kaltura_error_attempts(failure)),
		IsRetryable:   C.kaltura_error_is_retryable(failure) != 0,
		RetryAfter:    time.Duration(C.kaltura_error_retry_after_ms(failure)) * time.Millisecond,
	}
	if e.Status == StatusCancelled && ctx != nil {
		e.cause = ctx.Err()
	}
	return e
}

// Options say what a session shall be. What is zero or nil is the library's default; a bad value is reported by the call
// that takes the options.
type Options struct {
	PartnerID                                           int64
	AppTokenID, AppToken                                string
	ServiceURL, UserID, Privileges, WidgetID, ClientTag string
	AllowHTTP                                           bool
	HashType                                            HashType
	SessionType                                         *SessionType
	Expiry, WidgetExpiry                                time.Duration // whole seconds
	TotalTimeout, ConnectTimeout                        time.Duration // whole milliseconds
	MaxAttempts                                         int32
	ProxyURL                                            *string // "" for none at all
	Trust                                               Trust
	CAPEM, PinSPKISHA256                                []string
	RefreshAdvisory, RefreshMandatory                   time.Duration // whole seconds

	// TokenHash answers with hex(H(widget KS + app token)), in a goroutine of its own. The context ends when nobody waits
	// for the answer any more.
	TokenHash func(ctx context.Context, widgetKS string) (string, error)

	// Log takes each line up to LogLevel, LogLevelInfo if that is zero, on any thread. It shall not block.
	Log      func(level LogLevel, line string)
	LogLevel LogLevel
}

// with lends C options to a function.
func (o *Options) with(use func(*C.kaltura_options)) {
	var frees []func()
	keep := func(c *C.char, free func()) *C.char {
		frees = append(frees, free)
		return c
	}
	c := C.kaltura_options_new(C.int64_t(o.PartnerID), keep(text(o.AppTokenID)), keep(optional(o.AppToken)))
	defer func() {
		C.kaltura_options_free(c)
		for _, free := range frees {
			free()
		}
	}()
	C.kaltura_options_set_service_url(c, keep(optional(o.ServiceURL)))
	C.kaltura_options_set_user_id(c, keep(optional(o.UserID)))
	C.kaltura_options_set_privileges(c, keep(optional(o.Privileges)))
	C.kaltura_options_set_widget_id(c, keep(optional(o.WidgetID)))
	C.kaltura_options_set_client_tag(c, keep(optional(o.ClientTag)))
	if o.AllowHTTP {
		C.kaltura_options_set_allow_http(c, 1)
	}
	C.kaltura_options_set_hash_type(c, C.kaltura_hash_type(o.HashType))
	if o.SessionType != nil {
		C.kaltura_options_set_session_type(c, C.kaltura_session_type(*o.SessionType))
	}
	C.kaltura_options_set_expiry_seconds(c, C.int64_t(o.Expiry/time.Second))
	C.kaltura_options_set_widget_expiry_seconds(c, C.int64_t(o.WidgetExpiry/time.Second))
	if o.TotalTimeout != 0 {
		C.kaltura_options_set_total_timeout_ms(c, C.int64_t(o.TotalTimeout.Milliseconds()))
	}
	if o.ConnectTimeout != 0 {
		C.kaltura_options_set_connect_timeout_ms(c, C.int64_t(o.ConnectTimeout.Milliseconds()))
	}
	if o.MaxAttempts != 0 {
		C.kaltura_options_set_max_attempts(c, C.int32_t(o.MaxAttempts))
	}
	if o.ProxyURL != nil {
		C.kaltura_options_set_proxy_url(c, keep(text(*o.ProxyURL)))
	}
	C.kaltura_options_set_trust(c, C.kaltura_trust(o.Trust))
	for _, pem := range o.CAPEM {
		C.kaltura_options_add_ca_pem(c, keep(text(pem)))
	}
	for _, pin := range o.PinSPKISHA256 {
		C.kaltura_options_add_pin_spki_sha256(c, keep(text(pin)))
	}
	C.kaltura_options_set_refresh_windows_seconds(c, C.int64_t(o.RefreshAdvisory/time.Second),
		C.int64_t(o.RefreshMandatory/time.Second))
	if o.TokenHash != nil {
		C.kaltura_options_set_token_hash(c, (C.kaltura_token_hash_fn)(C.kalturaGoTokenHash), userData(o.TokenHash),
			(C.kaltura_destroy_fn)(C.kalturaGoDestroy))
	}
	if o.Log != nil {
		level := o.LogLevel
		if level == 0 {
			level = LogLevelInfo
		}
		C.kaltura_options_set_log(c, C.kaltura_log_level(level), (C.kaltura_log_fn)(C.kalturaGoLog), userData(o.Log),
			(C.kaltura_destroy_fn)(C.kalturaGoDestroy))
	}
	use(c)
}

// text is s in C's memory, and what wipes and frees it.
func text(s string) (*C.char, func()) {
	// C would see what is before a NUL; this character is refused, as a NUL should be.
	c := C.CString(strings.ReplaceAll(s, "\x00", "\x01"))
	return c, func() {
		C.memset(unsafe.Pointer(c), 0, C.strlen(c))
		C.free(unsafe.Pointer(c))
	}
}

// optional is text, but nil for "".
func optional(s string) (*C.char, func()) {
	if s == "" {
		return nil, func() {}
	}
	return text(s)
}

// Session is a Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected.
type Session struct {
	mutex sync.RWMutex
	c     *C.kaltura_session // nil when closed, which the C functions answer with nothing
}

func newSession(c *C.kaltura_session) *Session {
	s := &Session{c: c}
	runtime.SetFinalizer(s, (*Session).Close)
	return s
}

// Close lets go of the session. Again, it does nothing.
func (s *Session) Close() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	C.kaltura_session_free(s.c)
	s.c = nil
	runtime.SetFinalizer(s, nil)
}

func ask[T any](s *Session, get func(*C.kaltura_session) T) T {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return get(s.c)
}

func (s *Session) text(get func(*C.kaltura_session) *C.char) string {
	return ask(s, func(c *C.kaltura_session) string { return C.GoString(get(c)) })
}

// KS is what every other call to Kaltura wants.
func (s *Session) KS() string {
	return s.text(func(c *C.kaltura_session) *C.char { return C.kaltura_session_ks(c) })
}

// PartnerID is the account that the session is for.
func (s *Session) PartnerID() int64 {
	return ask(s, func(c *C.kaltura_session) int64 { return int64(C.kaltura_session_partner_id(c)) })
}

// UserID is the user that the session is for, as granted.
func (s *Session) UserID() string {
	return s.text(func(c *C.kaltura_session) *C.char { return C.kaltura_session_user_id(c) })
}

// GrantedType is the session's type.
func (s *Session) GrantedType() SessionType {
	return ask(s, func(c *C.kaltura_session) SessionType { return SessionType(C.kaltura_session_granted_type(c)) })
}

// Privileges are what the session may do.
func (s *Session) Privileges() string {
	return s.text(func(c *C.kaltura_session) *C.char { return C.kaltura_session_privileges(c) })
}

// DroppedPrivileges are those that were asked for and not granted.
func (s *Session) DroppedPrivileges() string {
	return s.text(func(c *C.kaltura_session) *C.char { return C.kaltura_session_dropped_privileges(c) })
}

// Adjustments say in what the session differs from what was asked for.
func (s *Session) Adjustments() Adjustment {
	return ask(s, func(c *C.kaltura_session) Adjustment { return Adjustment(C.kaltura_session_adjustments(c)) })
}

// HashType is the app token's.
func (s *Session) HashType() HashType {
	return ask(s, func(c *C.kaltura_session) HashType { return HashType(C.kaltura_session_hash_type(c)) })
}

// ExpiresAt is the session's end, on the server's clock.
func (s *Session) ExpiresAt() time.Time {
	return ask(s, func(c *C.kaltura_session) time.Time {
		return time.Unix(int64(C.kaltura_session_expires_at_seconds(c)), 0)
	})
}

// Remaining is how long the session still lives.
func (s *Session) Remaining() time.Duration {
	return ask(s, func(c *C.kaltura_session) time.Duration {
		return time.Duration(C.kaltura_session_remaining_ms(c)) * time.Millisecond
	})
}
