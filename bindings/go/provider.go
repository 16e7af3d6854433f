package kaltura

/*
#include <kaltura_session.h>

void kalturaGoDestroy(void *);
void kalturaGoLoaded(void *, kaltura_session *, kaltura_error *);
void kalturaGoCancelled(void *);
*/
import "C"

import (
	"context"
	"runtime"
	"sync"
)

// Version is that of the library which is linked.
func Version() string { return C.GoString(C.kaltura_version()) }

// Start starts a session. It keeps a thread busy until it returns.
func Start(ctx context.Context, options *Options) (session *Session, err error) {
	options.with(func(c *C.kaltura_options) {
		cancelledBy(ctx, func(cancellation *C.kaltura_cancellation) {
			var failure *C.kaltura_error
			if started := C.kaltura_start_session(c, cancellation, &failure); started != nil {
				session = newSession(started)
			} else {
				err = takeError(failure, ctx)
			}
		})
	})
	return session, err
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

// Provider keeps a valid session at hand, for any number of goroutines.
type Provider struct {
	mutex sync.RWMutex // for writing only while it is freed
	c     *C.kaltura_provider
}

// NewProvider makes a provider. It sends nothing before it is asked for a session.
func NewProvider(options *Options) (provider *Provider, err error) {
	options.with(func(c *C.kaltura_options) {
		var failure *C.kaltura_error
		if made := C.kaltura_provider_new(c, &failure); made != nil {
			provider = &Provider{c: made}
			runtime.SetFinalizer(provider, (*Provider).Close)
		} else {
			err = takeError(failure, nil)
		}
	})
	return provider, err
}

// Close ends what is under way, with StatusShutDown. Again, it does nothing.
func (p *Provider) Close() {
	p.use(func(c *C.kaltura_provider) { C.kaltura_provider_shutdown(c) })
	p.mutex.Lock()
	defer p.mutex.Unlock()
	C.kaltura_provider_free(p.c)
	p.c = nil
	runtime.SetFinalizer(p, nil)
}

func (p *Provider) use(call func(*C.kaltura_provider)) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	call(p.c)
}

type loaded struct {
	session *C.kaltura_session
	failure *C.kaltura_error
}

// Load gives a valid session; at once if there is one, else it waits, but blocks no thread.
func (p *Provider) Load(ctx context.Context) (*Session, error) {
	var failure *C.kaltura_error
	var isAccepted bool
	answer := make(chan loaded, 1)
	cancellation := C.kaltura_cancellation_new()
	defer C.kaltura_cancellation_free(cancellation)
	p.use(func(c *C.kaltura_provider) {
		isAccepted = C.kaltura_provider_load_async(c, cancellation, (C.kaltura_load_fn)(C.kalturaGoLoaded), userData(answer),
			(C.kaltura_destroy_fn)(C.kalturaGoDestroy), &failure) != 0
	})
	if !isAccepted {
		return nil, takeError(failure, ctx)
	}
	var brought loaded
	select {
	case brought = <-answer:
	case <-ctx.Done():
		C.kaltura_cancellation_cancel(cancellation)
		brought = <-answer
	}
	runtime.KeepAlive(p)
	if brought.session == nil {
		return nil, takeError(brought.failure, ctx)
	}
	return newSession(brought.session), nil
}

// Peek gives the cached session, if one lives, else nil.
func (p *Provider) Peek() (session *Session) {
	p.use(func(c *C.kaltura_provider) {
		if cached := C.kaltura_provider_peek(c); cached != nil {
			session = newSession(cached)
		}
	})
	return session
}

// Prefetch starts a refresh in the background, if one is due.
func (p *Provider) Prefetch() { p.use(func(c *C.kaltura_provider) { C.kaltura_provider_prefetch(c) }) }

// Invalidate drops a session; "" drops whatever there is, for a user's log-out.
func (p *Provider) Invalidate(ks string) {
	text, free := optional(ks)
	defer free()
	p.use(func(c *C.kaltura_provider) { C.kaltura_provider_invalidate(c, text) })
}

// ReportError says what to do about an error that another call to the server gave for a KS. ksid is "" if it is not known.
func (p *Provider) ReportError(ks, apiCode, ksid string) (advice Advice) {
	ksText, freeKS := optional(ks)
	defer freeKS()
	codeText, freeCode := optional(apiCode)
	defer freeCode()
	ksidText, freeKsid := optional(ksid)
	defer freeKsid()
	p.use(func(c *C.kaltura_provider) {
		advice = Advice(C.kaltura_provider_report_error(c, ksText, codeText, ksidText))
	})
	return advice
}

// SetUserID switches the user; "" is none.
func (p *Provider) SetUserID(userID string) (err error) {
	text, free := optional(userID)
	defer free()
	p.use(func(c *C.kaltura_provider) {
		var failure *C.kaltura_error
		if C.kaltura_provider_set_user_id(c, text, &failure) == 0 {
			err = takeError(failure, nil)
		}
	})
	return err
}

// EndSession ends every session of the app token, at the server.
func (p *Provider) EndSession(ctx context.Context, flags End) (err error) {
	p.use(func(c *C.kaltura_provider) {
		cancelledBy(ctx, func(cancellation *C.kaltura_cancellation) {
			var failure *C.kaltura_error
			if C.kaltura_provider_end_session(c, C.kaltura_end(flags), cancellation, &failure) == 0 {
				err = takeError(failure, ctx)
			}
		})
	})
	return err
}

func onCancel(hashing *C.kaltura_hashing, cancel context.CancelFunc) {
	C.kaltura_hashing_on_cancel(hashing, (C.kaltura_cancel_fn)(C.kalturaGoCancelled), userData(cancel),
		(C.kaltura_destroy_fn)(C.kalturaGoDestroy))
}
