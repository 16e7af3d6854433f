/* What the two implementations share: one source with and without ARC, and what is converted. For KLT*.m alone. */
#import "KLTSession.h"
#if __has_feature(blocks) && !__has_feature(objc_arc)
#include <Block.h>
#endif

#if __has_feature(objc_arc)
#define KLT_KEPT(object) ((__bridge_retained void *)(object))
#define KLT_LET_GO(pointer) ((void)(__bridge_transfer id)(pointer))
#define KLT_BORROWED(pointer) ((__bridge id)(pointer))
#define KLT_COPIED(block) ((__bridge_retained void *)[(block) copy])
#define KLT_LET_GO_BLOCK(pointer) KLT_LET_GO(pointer)
#define KLT_RETAIN(object) (object)
#define KLT_RELEASE(object) ((void)0)
#define KLT_AUTORELEASE(object) (object)
#define KLT_DEALLOC_SUPER ((void)0)
#define KLT_IN_POOL(...) @autoreleasepool { __VA_ARGS__ }
#else
#define KLT_KEPT(object) ((void *)[(object) retain])
#define KLT_LET_GO(pointer) [(id)(pointer) release]
#define KLT_BORROWED(pointer) ((id)(pointer))
#define KLT_COPIED(block) ((void *)Block_copy(block))
#define KLT_LET_GO_BLOCK(pointer) Block_release(pointer)
#define KLT_RETAIN(object) [(object) retain]
#define KLT_RELEASE(object) [(object) release]
#define KLT_AUTORELEASE(object) [(object) autorelease]
#define KLT_DEALLOC_SUPER [super dealloc]
#define KLT_IN_POOL(...) { NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init]; __VA_ARGS__ [pool drain]; }
#endif

/* Each takes what it is given over; nil for NULL. */
NSError *KLTErrorOf(kaltura_error *failure);
KLTSession *KLTSessionOf(kaltura_session *owned);

static inline NSString *KLTString(const char *string) { return string != NULL ? [NSString stringWithUTF8String:string] : nil; }

/* What C strings cannot say becomes what is not UTF-8: the library refuses it, by name. */
static inline const char *KLTText(NSString *string) {
  const char *text = [string UTF8String];
  if (string == nil) return NULL;
  return text != NULL && strlen(text) == [string lengthOfBytesUsingEncoding:NSUTF8StringEncoding] ? text : "\xC0\x80";
}

static inline int64_t KLTMilliseconds(NSTimeInterval seconds) { return (int64_t)(seconds * 1000); }
static inline NSTimeInterval KLTSeconds(int64_t milliseconds) { return (NSTimeInterval)milliseconds / 1000; }

static inline BOOL KLTDone(int32_t isDone, kaltura_error *failure, NSError **error) {
  NSError *made = KLTErrorOf(failure);
  if (error != NULL) *error = made;
  return isDone != 0;
}

static inline const kaltura_cancellation *KLTHandleOf(KLTCancellation *cancellation) {
  return cancellation != nil ? cancellation->_handle : NULL;
}

#if __has_feature(blocks)
static inline void KLTRunBlock(void *block) { KLT_IN_POOL(((void (^)(void))KLT_BORROWED(block))();) }
static inline void KLTLetGoBlock(void *block) { KLT_IN_POOL(if (block != NULL) KLT_LET_GO_BLOCK(block);) }
#endif
