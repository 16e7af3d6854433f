package kaltura

/*
#include <stdlib.h>
#include <kaltura_session.h>
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
	"unsafe"
)

// What the library calls. Its user_data is a cell of C memory that holds a cgo.Handle.

func valueOf(userData unsafe.Pointer) any { return (*(*cgo.Handle)(userData)).Value() }

func userData(value any) unsafe.Pointer {
	cell := C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))
	*(*cgo.Handle)(cell) = cgo.NewHandle(value)
	return cell
}

//export kalturaGoDestroyFn
func kalturaGoDestroyFn(userData unsafe.Pointer) {
	(*(*cgo.Handle)(userData)).Delete()
	C.free(userData)
}

// answer lets a token hash take its time, in a goroutine of its own.
func answer(tokenHash func(context.Context, string) (string, error)) func(*C.kaltura_hashing) {
	return func(hashing *C.kaltura_hashing) {
		go func() {
			defer C.kaltura_hashing_free(hashing)
			ctx, cancel := within(C.kaltura_hashing_timeout_ms(hashing))
			defer cancel()
			C.kaltura_hashing_on_cancel(hashing, cancelFn, userData((func())(cancel)), destroyFn)
			var texts texts
			defer texts.free()
			hash, err := tokenHash(ctx, C.GoString(C.kaltura_hashing_widget_ks(hashing)))
			if err != nil {
				C.kaltura_hashing_fail(hashing, texts.c(err.Error()))
			} else {
				C.kaltura_hashing_reply(hashing, texts.c(hash))
			}
		}()
	}
}

// send does the same for a transport.
func send(transport func(context.Context, *Exchange)) func(*C.kaltura_exchange) {
	return func(exchange *C.kaltura_exchange) {
		go func() {
			owned := newExchange(exchange)
			defer owned.Close()
			ctx, cancel := within(C.kaltura_exchange_timeout_ms(exchange))
			defer cancel()
			C.kaltura_exchange_on_cancel(exchange, cancelFn, userData((func())(cancel)), destroyFn)
			transport(ctx, owned)
		}()
	}
}

func within(milliseconds C.int64_t) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(milliseconds)*time.Millisecond)
}
