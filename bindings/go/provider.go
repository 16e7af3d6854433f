package kaltura

/*
#include <kaltura_session.h>
*/
import "C"

import (
	"context"
	"runtime"
	"sync"
	"unsafe"
)

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.cause }

// takeError is nil if there is no failure.
func takeError(failure *C.kaltura_error, ctx context.Context) error {
	if failure == nil {
		return nil
	}
	defer C.kaltura_error_free(failure)
	e := &Error{APIArgs: map[string]string{}}
	e.fill(failure)
	for name := C.kaltura_error_api_arg_name(failure, 0); name != nil; {
		e.APIArgs[C.GoString(name)] = C.GoString(C.kaltura_error_api_arg(failure, name))
		name = C.kaltura_error_api_arg_name(failure, C.size_t(len(e.APIArgs)))
	}
	if e.Status == StatusCancelled && ctx != nil {
		e.cause = ctx.Err()
	}
	return e
}

// handle is a pointer that is freed once, and never under a call that uses it. Closed it is NULL, which the C functions
// answer with nothing or an error.
type handle struct {
	mutex sync.RWMutex // for writing only while it is freed
	c     unsafe.Pointer
	free  func(unsafe.Pointer)
}

func (h *handle) use(call func(c unsafe.Pointer)) {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	call(h.c)
}

// Close lets go of it. Again, it does nothing.
func (h *handle) Close() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.free(h.c)
	h.c = nil
}

// cancelledBy makes a call that the context may cancel.
func cancelledBy(ctx context.Context, call func(*C.kaltura_cancellation)) {
	cancellation := C.kaltura_cancellation_new()
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			C.kaltura_cancellation_cancel(cancellation)
		case <-done:
		}
	}()
	call(cancellation)
	close(done)
	<-watched
	C.kaltura_cancellation_free(cancellation)
}

// Close ends what is under way, with StatusShutDown. Again, it does nothing.
func (p *Provider) Close() {
	p.Shutdown()
	p.handle.Close()
}

// Load gives a valid session; at once if there is one, else it waits, but blocks no thread.
func (p *Provider) Load(ctx context.Context) (session *Session, err error) {
	var refused *C.kaltura_error
	var isAccepted bool
	answered := make(chan struct{})
	loaded := func(brought *C.kaltura_session, failure *C.kaltura_error) {
		if err = takeError(failure, ctx); err == nil {
			session = newSession(brought)
		}
		close(answered)
	}
	cancelledBy(ctx, func(cancellation *C.kaltura_cancellation) {
		p.use(func(c unsafe.Pointer) {
			isAccepted = C.kaltura_provider_load_async((*C.kaltura_provider)(c), cancellation, loadFn, userData(loaded),
				destroyFn, &refused) != 0
		})
		if isAccepted {
			<-answered
		} else {
			err = takeError(refused, ctx)
		}
	})
	runtime.KeepAlive(p)
	return session, err
}
