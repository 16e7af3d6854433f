// Package kaltura gets Kaltura Sessions (KS) from app tokens, and keeps a valid one at hand. It is a thin layer over
// libkaltura_session; kaltura_session.h is the manual.
package kaltura

/*
#cgo pkg-config: kaltura-session
#include <stdlib.h>
#include <string.h>
#include <kaltura_session.h>
*/
import "C"

import (
	"context"
	"strings"
	"unsafe"
)

// Callbacks are what the program does for the library.
type Callbacks struct {
	// TokenHash answers with hex(H(widget KS + app token)), in a goroutine of its own. The context ends when nobody waits
	// for the answer any more.
	TokenHash func(ctx context.Context, widgetKS string) (string, error)

	// Transport carries a request over an HTTP stack of the program's, in a goroutine of its own; what it leaves unanswered
	// has failed. The context ends when nobody waits for the reply any more.
	Transport func(ctx context.Context, exchange *Exchange)

	Store Store

	// Log takes each line up to LogLevel, LogLevelInfo if that is zero, on any thread. It shall not block.
	Log      func(level LogLevel, line string)
	LogLevel LogLevel
}

// use lends C options to a function.
func (o *Options) use(call func(*C.kaltura_options)) {
	var texts texts
	defer texts.free()
	c := o.toC(&texts)
	defer C.kaltura_options_free(c)
	if o.TokenHash != nil {
		C.kaltura_options_set_token_hash(c, tokenHashFn, userData(answer(o.TokenHash)), destroyFn)
	}
	if o.Transport != nil {
		C.kaltura_options_set_transport(c, sendFn, userData(send(o.Transport)), destroyFn)
	}
	if o.Store != nil {
		C.kaltura_options_set_store(c, storeLoadFn, storeSaveFn, storeClearFn, userData(o.Store), destroyFn)
	}
	if o.Log != nil {
		level := o.LogLevel
		if level == 0 {
			level = LogLevelInfo
		}
		C.kaltura_options_set_log(c, C.kaltura_log_level(level), logFn, userData(o.Log), destroyFn)
	}
	call(c)
}

// texts are copies in C's memory.
type texts []*C.char

func (t *texts) c(s string) *C.char {
	// C would see what is before a NUL; this character is refused, as a NUL should be.
	c := C.CString(strings.ReplaceAll(s, "\x00", "\x01"))
	*t = append(*t, c)
	return c
}

// optional is NULL for "".
func (t *texts) optional(s string) *C.char {
	if s == "" {
		return nil
	}
	return t.c(s)
}

func (t *texts) free() {
	for _, c := range *t {
		C.memset(unsafe.Pointer(c), 0, C.strlen(c))
		C.free(unsafe.Pointer(c))
	}
}

func bytesOf(b []byte) *C.uint8_t {
	if len(b) == 0 {
		return nil
	}
	return (*C.uint8_t)(unsafe.Pointer(&b[0]))
}
