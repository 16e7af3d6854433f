/* Objective-C in, C out: convert, call, convert. Compiles with and without ARC. */
#import "KLTSession.h"
#if __has_feature(blocks) && !__has_feature(objc_arc)
#include <Block.h>
#endif

#if __has_feature(objc_arc)
#define KLT_KEPT(object) ((__bridge_retained void *)(object))
#define KLT_LET_GO(pointer) ((void)(__bridge_transfer id)(pointer))
#define KLT_BORROWED(pointer) ((__bridge id)(pointer))
#define KLT_RETAIN(object) (object)
#define KLT_RELEASE(object) ((void)0)
#define KLT_AUTORELEASE(object) (object)
#define KLT_DEALLOC_SUPER ((void)0)
#define KLT_IN_POOL(...) @autoreleasepool { __VA_ARGS__ }
#else
#define KLT_KEPT(object) ((void *)[(object) retain])
#define KLT_LET_GO(pointer) [(id)(pointer) release]
#define KLT_BORROWED(pointer) ((id)(pointer))
#define KLT_RETAIN(object) [(object) retain]
#define KLT_RELEASE(object) [(object) release]
#define KLT_AUTORELEASE(object) [(object) autorelease]
#define KLT_DEALLOC_SUPER [super dealloc]
#define KLT_IN_POOL(...) { NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init]; __VA_ARGS__ [pool drain]; }
#endif

NSString *const KLTErrorDomain = @"com.kaltura.session";
NSString *const KLTErrorCategoryKey = @"KLTErrorCategory";
NSString *const KLTErrorStepKey = @"KLTErrorStep";
NSString *const KLTErrorOptionKey = @"KLTErrorOption";
NSString *const KLTErrorAPICodeKey = @"KLTErrorAPICode";
NSString *const KLTErrorAPIMessageKey = @"KLTErrorAPIMessage";
NSString *const KLTErrorAPIArgumentsKey = @"KLTErrorAPIArguments";
NSString *const KLTErrorKSReasonKey = @"KLTErrorKSReason";
NSString *const KLTErrorHTTPStatusKey = @"KLTErrorHTTPStatus";
NSString *const KLTErrorRetryableKey = @"KLTErrorRetryable";
NSString *const KLTErrorRetryAfterKey = @"KLTErrorRetryAfter";
NSString *const KLTErrorAttemptsKey = @"KLTErrorAttempts";
NSString *const KLTErrorServerSessionKey = @"KLTErrorServerSession";
NSString *const KLTErrorServerHostKey = @"KLTErrorServerHost";

static NSString *KLTString(const char *string) { return string != NULL ? [NSString stringWithUTF8String:string] : nil; }

/* What C strings cannot say becomes what is not UTF-8: the library refuses it, by name. */
static const char *KLTText(NSString *string) {
  const char *text = [string UTF8String];
  if (string == nil) return NULL;
  return text != NULL && strlen(text) == [string lengthOfBytesUsingEncoding:NSUTF8StringEncoding] ? text : "\xC0\x80";
}

static int64_t KLTMilliseconds(NSTimeInterval seconds) { return (int64_t)(seconds * 1000); }
static NSTimeInterval KLTSeconds(int64_t milliseconds) { return (NSTimeInterval)milliseconds / 1000; }

static KLTDictionary(NSString *, id) *KLTUserInfo(const kaltura_error *failure) {
  NSMutableDictionary *info = [NSMutableDictionary dictionary], *arguments = [NSMutableDictionary dictionary];
  const char *name;
  for (size_t index = 0; (name = kaltura_error_api_arg_name(failure, index)) != NULL; index++) {
    [arguments setValue:KLTString(kaltura_error_api_arg(failure, name)) forKey:KLTString(name)];
  }
  [info setValue:KLTString(kaltura_error_message(failure)) forKey:NSLocalizedDescriptionKey];
  [info setValue:KLTString(kaltura_error_hint(failure)) forKey:NSLocalizedRecoverySuggestionErrorKey];
  [info setValue:[NSNumber numberWithInt:kaltura_error_category(failure)] forKey:KLTErrorCategoryKey];
  [info setValue:[NSNumber numberWithInt:kaltura_error_step(failure)] forKey:KLTErrorStepKey];
  [info setValue:KLTString(kaltura_error_option(failure)) forKey:KLTErrorOptionKey];
  [info setValue:KLTString(kaltura_error_api_code(failure)) forKey:KLTErrorAPICodeKey];
  [info setValue:KLTString(kaltura_error_api_message(failure)) forKey:KLTErrorAPIMessageKey];
  [info setValue:arguments forKey:KLTErrorAPIArgumentsKey];
  [info setValue:[NSNumber numberWithInt:kaltura_error_ks_reason(failure)] forKey:KLTErrorKSReasonKey];
  [info setValue:[NSNumber numberWithInt:kaltura_error_http_status(failure)] forKey:KLTErrorHTTPStatusKey];
  [info setValue:[NSNumber numberWithBool:kaltura_error_is_retryable(failure) != 0] forKey:KLTErrorRetryableKey];
  NSNumber *retryAfter = [NSNumber numberWithDouble:KLTSeconds(kaltura_error_retry_after_ms(failure))];
  [info setValue:retryAfter forKey:KLTErrorRetryAfterKey];
  [info setValue:[NSNumber numberWithInt:kaltura_error_attempts(failure)] forKey:KLTErrorAttemptsKey];
  [info setValue:KLTString(kaltura_error_server_session(failure)) forKey:KLTErrorServerSessionKey];
  [info setValue:KLTString(kaltura_error_server_host(failure)) forKey:KLTErrorServerHostKey];
  return info;
}

/* Takes the failure over. */
static NSError *KLTErrorOf(kaltura_error *failure) {
  if (failure == NULL) return nil;
  NSInteger code = kaltura_error_status(failure);
  NSError *error = [NSError errorWithDomain:KLTErrorDomain code:code userInfo:KLTUserInfo(failure)];
  kaltura_error_free(failure);
  return error;
}

static BOOL KLTDone(int32_t isDone, kaltura_error *failure, NSError **error) {
  NSError *made = KLTErrorOf(failure);
  if (error != NULL) *error = made;
  return isDone != 0;
}

@implementation KLTCancellation
- (instancetype)init {
  if ((self = [super init]) != nil) {
    _handle = kaltura_cancellation_new();
  }
  return self;
}
- (void)cancel { kaltura_cancellation_cancel(_handle); }
- (void)dealloc { kaltura_cancellation_free(_handle); KLT_DEALLOC_SUPER; }
@end

static const kaltura_cancellation *KLTHandleOf(KLTCancellation *cancellation) {
  return cancellation != nil ? cancellation->_handle : NULL;
}

@implementation KLTHashing
- (NSString *)widgetKS { return KLTString(kaltura_hashing_widget_ks(_handle)); }
- (NSTimeInterval)timeout { return KLTSeconds(kaltura_hashing_timeout_ms(_handle)); }
- (void)replyWithHash:(NSString *)hash { kaltura_hashing_reply(_handle, KLTText(hash)); }
- (void)failWithMessage:(NSString *)message { kaltura_hashing_fail(_handle, KLTText(message)); }
- (void)dealloc { kaltura_hashing_free(_handle); KLT_DEALLOC_SUPER; }
@end

/* C's callbacks: user_data is the app's object, retained. */
static void KLTLetGo(void *object) { KLT_IN_POOL(KLT_LET_GO(object);) }
static void KLTAnswerHashing(void *hasher, kaltura_hashing *owned) {
  KLT_IN_POOL(KLTHashing *hashing = KLT_AUTORELEASE([[KLTHashing alloc] init]);
              hashing->_handle = owned;
              [KLT_BORROWED(hasher) answerHashing:hashing];)
}
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
- (instancetype)initWithPartnerID:(int64_t)partnerID appTokenID:(NSString *)appTokenID appToken:(NSString *)appToken {
  if ((self = [super init]) != nil) {
    _handle = kaltura_options_new(partnerID, KLTText(appTokenID), KLTText(appToken));
  }
  return self;
}
- (void)setServiceURL:(NSString *)url { kaltura_options_set_service_url(_handle, KLTText(url)); }
- (void)setAllowHTTP:(BOOL)allow { kaltura_options_set_allow_http(_handle, allow); }
- (void)setHashType:(kaltura_hash_type)type { kaltura_options_set_hash_type(_handle, type); }
- (void)setUserID:(NSString *)userID { kaltura_options_set_user_id(_handle, KLTText(userID)); }
- (void)setSessionType:(kaltura_session_type)type { kaltura_options_set_session_type(_handle, type); }
- (void)setExpirySeconds:(int64_t)seconds { kaltura_options_set_expiry_seconds(_handle, seconds); }
- (void)setPrivileges:(NSString *)privileges { kaltura_options_set_privileges(_handle, KLTText(privileges)); }
- (void)setWidgetID:(NSString *)widgetID { kaltura_options_set_widget_id(_handle, KLTText(widgetID)); }
- (void)setWidgetExpirySeconds:(int64_t)seconds { kaltura_options_set_widget_expiry_seconds(_handle, seconds); }
- (void)setClientTag:(NSString *)tag { kaltura_options_set_client_tag(_handle, KLTText(tag)); }
- (void)setTotalTimeout:(NSTimeInterval)time { kaltura_options_set_total_timeout_ms(_handle, KLTMilliseconds(time)); }
- (void)setMaxAttempts:(int32_t)attempts { kaltura_options_set_max_attempts(_handle, attempts); }
#if KALTURA_FEATURE_HTTP
- (void)setConnectTimeout:(NSTimeInterval)t { kaltura_options_set_connect_timeout_ms(_handle, KLTMilliseconds(t)); }
- (void)setProxyURL:(NSString *)url { kaltura_options_set_proxy_url(_handle, KLTText(url)); }
- (void)setTrust:(kaltura_trust)trust { kaltura_options_set_trust(_handle, trust); }
- (void)addCAPEM:(NSString *)pem { kaltura_options_add_ca_pem(_handle, KLTText(pem)); }
- (void)addPinSPKISHA256:(NSString *)base64 { kaltura_options_add_pin_spki_sha256(_handle, KLTText(base64)); }
#endif
- (void)setRefreshWindowsAdvisorySeconds:(int64_t)advisory mandatorySeconds:(int64_t)mandatory {
  kaltura_options_set_refresh_windows_seconds(_handle, advisory, mandatory);
}
- (void)setTokenHasher:(id<KLTTokenHasher>)hasher {
  kaltura_options_set_token_hash(_handle, hasher != nil ? KLTAnswerHashing : NULL, KLT_KEPT(hasher), KLTLetGo);
}
- (void)setLogger:(id<KLTLogger>)logger maxLevel:(kaltura_log_level)level {
  kaltura_options_set_log(_handle, level, logger != nil ? KLTLogLine : NULL, KLT_KEPT(logger), KLTLetGo);
}
- (void)setStore:(id<KLTSessionStore>)store {
  kaltura_store_load_fn load = store != nil ? KLTStoreLoad : NULL;
  kaltura_options_set_store(_handle, load, KLTStoreSave, KLTStoreClear, KLT_KEPT(store), KLTLetGo);
}
- (void)dealloc { kaltura_options_free(_handle); KLT_DEALLOC_SUPER; }
@end

/* Takes the handle over; nil for NULL. */
static KLTSession *KLTSessionOf(kaltura_session *owned) {
  KLTSession *session = owned != NULL ? KLT_AUTORELEASE([[KLTSession alloc] init]) : nil;
  if (session != nil) session->_handle = owned;
  return session;
}

@implementation KLTSession
+ (KLTSession *)startWithOptions:(KLTSessionOptions *)options
                    cancellation:(KLTCancellation *)cancellation
                           error:(NSError **)error {
  kaltura_error *failure;
  kaltura_session *owned = kaltura_start_session(options->_handle, KLTHandleOf(cancellation), &failure);
  KLTDone(owned != NULL, failure, error);
  return KLTSessionOf(owned);
}
- (NSString *)ks { return KLTString(kaltura_session_ks(_handle)); }
- (int64_t)partnerID { return kaltura_session_partner_id(_handle); }
- (NSString *)userID { return KLTString(kaltura_session_user_id(_handle)); }
- (kaltura_session_type)grantedType { return kaltura_session_granted_type(_handle); }
- (NSString *)privileges { return KLTString(kaltura_session_privileges(_handle)); }
- (NSString *)droppedPrivileges { return KLTString(kaltura_session_dropped_privileges(_handle)); }
- (kaltura_adjustment)adjustments { return kaltura_session_adjustments(_handle); }
- (kaltura_hash_type)hashType { return kaltura_session_hash_type(_handle); }
- (NSDate *)expirationDate { return [NSDate dateWithTimeIntervalSince1970:kaltura_session_expires_at_seconds(_handle)]; }
- (NSTimeInterval)remainingTime { return KLTSeconds(kaltura_session_remaining_ms(_handle)); }
- (void)dealloc { kaltura_session_free(_handle); KLT_DEALLOC_SUPER; }
@end

/* Who waits for a load, and what it brought. */
@interface KLTLoad : NSObject {
 @public
  NSOperationQueue *_queue;
  id _target; SEL _action;
  KLTSession *_session; NSError *_error;
#if __has_feature(blocks)
  KLTLoadHandler _handler;
#endif
}
@end

@implementation KLTLoad
- (void)complete {
#if __has_feature(blocks)
  if (_handler != nil) { _handler(_session, _error); return; }
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
#if !__has_feature(objc_arc)
- (void)dealloc {
  [_queue release], [_target release];
  [_session release], [_error release];
#if __has_feature(blocks)
  if (_handler != nil) Block_release(_handler);
#endif
  [super dealloc];
}
#endif
@end

static void KLTLoaded(void *load, kaltura_session *owned, kaltura_error *failure) {
  KLT_IN_POOL([KLT_BORROWED(load) completeWithSession:KLTSessionOf(owned) error:KLTErrorOf(failure)];)
}

@implementation KLTSessionProvider
- (instancetype)initWithOptions:(KLTSessionOptions *)options error:(NSError **)error {
  if ((self = [super init]) != nil) {
    kaltura_error *failure;
    _handle = kaltura_provider_new(options->_handle, &failure);
    if (!KLTDone(_handle != NULL, failure, error)) { KLT_RELEASE(self); self = nil; }
  }
  return self;
}
- (NSString *)serviceURL { return KLTString(kaltura_provider_service_url(_handle)); }
- (int64_t)partnerID { return kaltura_provider_partner_id(_handle); }
- (KLTSession *)currentSession { return KLTSessionOf(kaltura_provider_peek(_handle)); }
- (KLTSession *)loadWithCancellation:(KLTCancellation *)cancellation error:(NSError **)error {
  kaltura_error *failure;
  kaltura_session *owned = kaltura_provider_load(_handle, KLTHandleOf(cancellation), &failure);
  KLTDone(owned != NULL, failure, error);
  return KLTSessionOf(owned);
}
- (void)begin:(KLTLoad *)load queue:(NSOperationQueue *)queue cancellation:(KLTCancellation *)cancellation {
  kaltura_error *failure;
  load->_queue = KLT_RETAIN(queue);
  if (!kaltura_provider_load_async(_handle, KLTHandleOf(cancellation), KLTLoaded, KLT_KEPT(load), KLTLetGo, &failure)) {
    [load completeWithSession:nil error:KLTErrorOf(failure)];
  }
}
#if __has_feature(blocks)
- (void)loadOnQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
         completion:(KLTLoadHandler)completion {
  KLTLoad *load = KLT_AUTORELEASE([[KLTLoad alloc] init]);
#if __has_feature(objc_arc)
  load->_handler = [completion copy];
#else
  load->_handler = Block_copy(completion);
#endif
  [self begin:load queue:queue cancellation:cancellation];
}
#endif
- (void)loadOnQueue:(NSOperationQueue *)queue
       cancellation:(KLTCancellation *)cancellation
             target:(id)target
             action:(SEL)action {
  KLTLoad *load = KLT_AUTORELEASE([[KLTLoad alloc] init]);
  load->_target = KLT_RETAIN(target), load->_action = action;
  [self begin:load queue:queue cancellation:cancellation];
}
- (void)prefetch { kaltura_provider_prefetch(_handle); }
- (void)invalidateKS:(NSString *)ks { kaltura_provider_invalidate(_handle, KLTText(ks)); }
- (kaltura_advice)reportErrorForKS:(NSString *)ks apiCode:(NSString *)apiCode ksID:(NSString *)ksID {
  return kaltura_provider_report_error(_handle, KLTText(ks), KLTText(apiCode), KLTText(ksID));
}
- (BOOL)switchToUserID:(NSString *)userID error:(NSError **)error {
  kaltura_error *failure;
  int32_t isDone = kaltura_provider_set_user_id(_handle, KLTText(userID), &failure);
  return KLTDone(isDone, failure, error);
}
- (BOOL)endSessions:(kaltura_end)flags cancellation:(KLTCancellation *)cancellation error:(NSError **)error {
  kaltura_error *failure;
  int32_t isDone = kaltura_provider_end_session(_handle, flags, KLTHandleOf(cancellation), &failure);
  return KLTDone(isDone, failure, error);
}
- (void)shutdown { kaltura_provider_shutdown(_handle); }
- (BOOL)drain:(NSTimeInterval)timeout { return kaltura_provider_drain(_handle, KLTMilliseconds(timeout)) != 0; }
- (void)dealloc { kaltura_provider_free(_handle); KLT_DEALLOC_SUPER; }
@end
