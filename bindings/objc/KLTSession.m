/* Objective-C in, C out: convert, call, convert. Compiles with and without ARC. */
#import "KLTPrivate.h"

/* C's callbacks: user_data is the app's object, retained. */
static void KLTLetGo(void *object) { KLT_IN_POOL(KLT_LET_GO(object);) }
static void KLTAnswerHashing(void *hasher, kaltura_hashing *owned) {
  KLT_IN_POOL(KLTHashing *hashing = KLT_AUTORELEASE([[KLTHashing alloc] init]);
              hashing->_handle = owned;
              [KLT_BORROWED(hasher) answerHashing:hashing];)
}
static KLTExchange *KLTExchangeOf(kaltura_exchange *owned) {
  KLTExchange *exchange = KLT_AUTORELEASE([[KLTExchange alloc] init]);
  exchange->_handle = owned;
  return exchange;
}
static void KLTSend(void *transport, kaltura_exchange *owned) {
  KLT_IN_POOL([KLT_BORROWED(transport) sendExchange:KLTExchangeOf(owned)];)
}
#if __has_feature(blocks)
static void KLTSendToBlock(void *block, kaltura_exchange *owned) {
  KLT_IN_POOL(((void (^)(KLTExchange *))KLT_BORROWED(block))(KLTExchangeOf(owned));)
}
#endif
static void KLTLogLine(void *logger, kaltura_log_level level, const char *line) {
  KLT_IN_POOL([KLT_BORROWED(logger) logLine:KLTString(line) level:level];)
}
static void KLTStoreLoad(void *store, const char *key, kaltura_blob *blob) {
  KLT_IN_POOL(NSData *data = [KLT_BORROWED(store) loadDataForKey:KLTString(key)];
              kaltura_blob_set(blob, (const uint8_t *)[data bytes], [data length]);)
}
static int32_t KLTStoreSave(void *store, const char *key, const uint8_t *bytes, size_t length) {
  BOOL isSaved;
  KLT_IN_POOL(isSaved = [KLT_BORROWED(store) saveData:[NSData dataWithBytes:bytes length:length] forKey:KLTString(key)];)
  return isSaved;
}
static int32_t KLTStoreClear(void *store, const char *key) {
  BOOL isCleared;
  KLT_IN_POOL(isCleared = [KLT_BORROWED(store) clearDataForKey:KLTString(key)];)
  return isCleared;
}

@implementation KLTSessionOptions
- (void)setTokenHasher:(id<KLTTokenHasher>)hasher {
  kaltura_options_set_token_hash(_handle, hasher != nil ? KLTAnswerHashing : NULL, KLT_KEPT(hasher), KLTLetGo);
}
- (void)setTransport:(id<KLTTransport>)transport {
  kaltura_options_set_transport(_handle, transport != nil ? KLTSend : NULL, KLT_KEPT(transport), KLTLetGo);
}
#if __has_feature(blocks)
- (void)setTransportBlock:(void (^)(KLTExchange *exchange))block {
  void *copied = block != nil ? KLT_COPIED(block) : NULL;
  kaltura_options_set_transport(_handle, block != nil ? KLTSendToBlock : NULL, copied, KLTLetGoBlock);
}
#endif
- (void)setLogger:(id<KLTLogger>)logger maxLevel:(kaltura_log_level)level {
  kaltura_options_set_log(_handle, level, logger != nil ? KLTLogLine : NULL, KLT_KEPT(logger), KLTLetGo);
}
- (void)setStore:(id<KLTSessionStore>)store {
  kaltura_store_load_fn load = store != nil ? KLTStoreLoad : NULL;
  kaltura_options_set_store(_handle, load, KLTStoreSave, KLTStoreClear, KLT_KEPT(store), KLTLetGo);
}
@end

/* Who waits for a completion, and what it brought. */
@interface KLTLoad : NSObject {
 @public
  NSOperationQueue *_queue;
  id _target; SEL _action;
  void *_block;
  KLTSession *_session; NSError *_error;
}
@end

@implementation KLTLoad
- (void)complete {
#if __has_feature(blocks)
  if (_block != NULL) { ((KLTLoadHandler)KLT_BORROWED(_block))(_session, _error); return; }
#endif
  ((void (*)(id, SEL, id, id))(void (*)(void))[_target methodForSelector:_action])(_target, _action, _session, _error);
}
- (void)completeWithSession:(KLTSession *)session error:(NSError *)error {
  _session = KLT_RETAIN(session);
  _error = KLT_RETAIN(error);
  if (_queue == nil) {
    [self complete];
  } else {
    NSInvocationOperation *operation = [NSInvocationOperation alloc];
    [_queue addOperation:KLT_AUTORELEASE([operation initWithTarget:self selector:@selector(complete) object:nil])];
  }
}
- (void)dealloc {
#if __has_feature(blocks)
  KLTLetGoBlock(_block);
#endif
  KLT_RELEASE(_queue), KLT_RELEASE(_target), KLT_RELEASE(_session), KLT_RELEASE(_error);
  KLT_DEALLOC_SUPER;
}
@end

static void KLTLoaded(void *load, kaltura_session *owned, kaltura_error *failure) {
  KLT_IN_POOL([KLT_BORROWED(load) completeWithSession:KLTSessionOf(owned) error:KLTErrorOf(failure)];)
}
static void KLTEnded(void *load, kaltura_error *failure) { KLTLoaded(load, NULL, failure); }

static KLTLoad *KLTWaiting(NSOperationQueue *queue, id target, SEL action, void *block) {
  KLTLoad *load = KLT_AUTORELEASE([[KLTLoad alloc] init]);
  load->_queue = KLT_RETAIN(queue), load->_target = KLT_RETAIN(target), load->_action = action, load->_block = block;
  return load;
}

@implementation KLTSessionProvider
- (void)load:(KLTLoad *)load cancellation:(KLTCancellation *)cancellation {
  kaltura_error *failure;
  if (!kaltura_provider_load_async(_handle, KLTHandleOf(cancellation), KLTLoaded, KLT_KEPT(load), KLTLetGo, &failure)) {
    [load completeWithSession:nil error:KLTErrorOf(failure)];
  }
}
- (void)end:(KLTLoad *)load flags:(kaltura_end)flags cancellation:(KLTCancellation *)cancellation {
  kaltura_error *failure;
  const kaltura_cancellation *cancel = KLTHandleOf(cancellation);
  if (!kaltura_provider_end_session_async(_handle, flags, cancel, KLTEnded, KLT_KEPT(load), KLTLetGo, &failure)) {
    [load completeWithSession:nil error:KLTErrorOf(failure)];
  }
}
#if __has_feature(blocks)
- (void)loadOnQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
         completion:(KLTLoadHandler)completion {
  [self load:KLTWaiting(queue, nil, NULL, KLT_COPIED(completion)) cancellation:cancellation];
}
- (void)endSessions:(kaltura_end)flags
            onQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
         completion:(KLTLoadHandler)completion {
  [self end:KLTWaiting(queue, nil, NULL, KLT_COPIED(completion)) flags:flags cancellation:cancellation];
}
#endif
- (void)loadOnQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
             target:(id)target
             action:(SEL)action {
  [self load:KLTWaiting(queue, target, action, NULL) cancellation:cancellation];
}
- (void)endSessions:(kaltura_end)flags
            onQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
             target:(id)target
             action:(SEL)action {
  [self end:KLTWaiting(queue, target, action, NULL) flags:flags cancellation:cancellation];
}
@end
