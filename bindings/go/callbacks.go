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

//export kalturaGoDestroy
func kalturaGoDestroy(userData unsafe.Pointer) {
	(*(*cgo.Handle)(userData)).Delete()
	C.free(userData)
}

//export kalturaGoLoaded
func kalturaGoLoaded(userData unsafe.Pointer, session *C.kaltura_session, failure *C.kaltura_error) {
	valueOf(userData).(chan loaded) <- loaded{session, failure}
}

//export kalturaGoLog
func kalturaGoLog(userData unsafe.Pointer, level C.kaltura_log_level, line *C.char) {
	valueOf(userData).(func(LogLevel, string))(LogLevel(level), C.GoString(line))
}

//export kalturaGoTokenHash
func kalturaGoTokenHash(userData unsafe.Pointer, hashing *C.kaltura_hashing) {
	go answer(valueOf(userData).(func(context.Context, string) (string, error)), hashing)
}

func answer(tokenHash func(context.Context, string) (string, error), hashing *C.kaltura_hashing) {
	defer C.kaltura_hashing_free(hashing)
	timeout := time.Duration(C.kaltura_hashing_timeout_ms(hashing)) * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	onCancel(hashing, cancel)
	hash, err := tokenHash(ctx, C.GoString(C.kaltura_hashing_widget_ks(hashing)))
	if err != nil {
		message, free := text(err.Error())
		defer free()
		C.kaltura_hashing_fail(hashing, message)
		return
	}
	answer, free := text(hash)
	defer free()
	C.kaltura_hashing_reply(hashing, answer)
}

//export kalturaGoCancelled
func kalturaGoCancelled(userData unsafe.Pointer) { valueOf(userData).(context.CancelFunc)() }
