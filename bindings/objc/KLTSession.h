/*
 * KLTSession.h - kaltura_session.h for Objective-C. Licence: MIT OR Apache-2.0.
 *
 * Add KLTSession.h and KLTSession.m to the app; ARC or manual retain-release. Each method is a function of
 * kaltura_session.h, whose comment is its manual: each value's range, when it fails, threads.
 *
 *   Handles    What -init makes without a value that it needs is C's NULL, and answered as such.
 *   Ownership  as in Cocoa. Callback objects are retained until the options, and all that was made from them, are gone.
 *   Strings    are copied; nil is C's NULL. One with a NUL inside, or half a surrogate pair, is refused like bad UTF-8.
 *   Errors     NSError: domain KLTErrorDomain, code a KALTURA_STATUS constant, localizedDescription the message,
 *              localizedRecoverySuggestion the hint; what else is known is in userInfo under the keys below. No secrets.
 *   Threads    Sessions, providers, cancellations and hashings: any, concurrently. Options: one call at a time.
 *   Blocking   +startWithOptions:..., -loadWithCancellation:error:, -endSessions:... and -drain: block, within the total
 *              timeout; keep them off the main thread. Nothing else does.
 *   Callbacks  Objects that are called, and completions without a queue, run on threads of the library's.
 */
#import <Foundation/Foundation.h>
#include <kaltura_session.h>

/* For compilers and Foundations that lack them. */
#if !defined(__clang__)
#define _Nullable
#endif
#if !defined(NS_SWIFT_NAME)
#define NS_SWIFT_NAME(name)
#endif
#if defined(__clang__)
#define KLTDictionary(Key, Value) NSDictionary<Key, Value>
#else
#define KLTDictionary(Key, Value) NSDictionary
#endif

NS_ASSUME_NONNULL_BEGIN

FOUNDATION_EXPORT NSString *const KLTErrorDomain;

/* Keys of an error's userInfo. Numbers are NSNumbers; what the error does not have is missing. */
FOUNDATION_EXPORT NSString *const KLTErrorCategoryKey;      /* a KALTURA_CATEGORY constant */
FOUNDATION_EXPORT NSString *const KLTErrorStepKey;          /* a KALTURA_STEP constant */
FOUNDATION_EXPORT NSString *const KLTErrorOptionKey;        /* which value was refused */
FOUNDATION_EXPORT NSString *const KLTErrorAPICodeKey;       /* the server's code */
FOUNDATION_EXPORT NSString *const KLTErrorAPIMessageKey;    /* the server's message */
FOUNDATION_EXPORT NSString *const KLTErrorAPIArgumentsKey;  /* a dictionary of strings */
FOUNDATION_EXPORT NSString *const KLTErrorKSReasonKey;      /* a KALTURA_KS_REASON constant */
FOUNDATION_EXPORT NSString *const KLTErrorHTTPStatusKey;
FOUNDATION_EXPORT NSString *const KLTErrorRetryableKey;
FOUNDATION_EXPORT NSString *const KLTErrorRetryAfterKey;    /* seconds */
FOUNDATION_EXPORT NSString *const KLTErrorAttemptsKey;
FOUNDATION_EXPORT NSString *const KLTErrorServerSessionKey; /* for Kaltura's support, as the next */
FOUNDATION_EXPORT NSString *const KLTErrorServerHostKey;

/* kaltura_cancellation: ends the calls that it is given to. */
NS_SWIFT_NAME(Cancellation)
@interface KLTCancellation : NSObject {
 @public /* for KLTSession.m */
  kaltura_cancellation *_handle;
}
- (void)cancel;
@end

/* kaltura_hashing: a widget KS to hash. Answer at once or later, from any thread; unanswered, it has failed. */
NS_SWIFT_NAME(Hashing)
@interface KLTHashing : NSObject {
 @public /* for KLTSession.m */
  kaltura_hashing *_handle;
}
@property (nonatomic, readonly) NSString *widgetKS;
@property (nonatomic, readonly) NSTimeInterval timeout;
- (void)replyWithHash:(NSString *)hash;
- (void)failWithMessage:(NSString *_Nullable)message;
@end

/* What an app may do for the library, on threads of the library's. None of these methods may throw. */
NS_SWIFT_NAME(TokenHasher)
@protocol KLTTokenHasher <NSObject>
- (void)answerHashing:(KLTHashing *)hashing;
@end
NS_SWIFT_NAME(Logger)
@protocol KLTLogger <NSObject>
- (void)logLine:(NSString *)line level:(kaltura_log_level)level;
@end
/* What is saved holds secrets: a Keychain is the place. */
NS_SWIFT_NAME(SessionStore)
@protocol KLTSessionStore <NSObject>
- (NSData *_Nullable)loadDataForKey:(NSString *)key;
- (BOOL)saveData:(NSData *)data forKey:(NSString *)key;
- (BOOL)clearDataForKey:(NSString *)key;
@end

/* kaltura_options. Each setter is the one of the same name; a bad value is reported by whoever takes the options. */
NS_SWIFT_NAME(SessionOptions)
@interface KLTSessionOptions : NSObject {
 @public /* for KLTSession.m */
  kaltura_options *_handle;
}
/* appToken: nil if a token hasher supplies the hash. */
- (instancetype)initWithPartnerID:(int64_t)partnerID
                       appTokenID:(NSString *)appTokenID
                         appToken:(NSString *_Nullable)appToken;
- (void)setServiceURL:(NSString *_Nullable)url;
- (void)setAllowHTTP:(BOOL)allow;
- (void)setHashType:(kaltura_hash_type)type;
- (void)setUserID:(NSString *_Nullable)userID;
- (void)setSessionType:(kaltura_session_type)type;
- (void)setExpirySeconds:(int64_t)seconds;
- (void)setPrivileges:(NSString *_Nullable)privileges;
- (void)setWidgetID:(NSString *_Nullable)widgetID;
- (void)setWidgetExpirySeconds:(int64_t)seconds;
- (void)setClientTag:(NSString *_Nullable)tag;
- (void)setTotalTimeout:(NSTimeInterval)seconds;
- (void)setMaxAttempts:(int32_t)attempts;
#if KALTURA_FEATURE_HTTP
- (void)setConnectTimeout:(NSTimeInterval)seconds;
- (void)setProxyURL:(NSString *_Nullable)url;
- (void)setTrust:(kaltura_trust)trust;
- (void)addCAPEM:(NSString *)pem;
- (void)addPinSPKISHA256:(NSString *)base64;
#endif
- (void)setRefreshWindowsAdvisorySeconds:(int64_t)advisory mandatorySeconds:(int64_t)mandatory;
- (void)setTokenHasher:(id<KLTTokenHasher> _Nullable)hasher;
- (void)setLogger:(id<KLTLogger> _Nullable)logger maxLevel:(kaltura_log_level)level;
- (void)setStore:(id<KLTSessionStore> _Nullable)store;
@end

/* kaltura_session: a session as granted. Its KS in C is wiped with it; the NSString that -ks gives is not. */
NS_SWIFT_NAME(Session)
@interface KLTSession : NSObject {
 @public /* for KLTSession.m */
  kaltura_session *_handle;
}
/* kaltura_start_session; blocks. */
+ (KLTSession *_Nullable)startWithOptions:(KLTSessionOptions *)options
                             cancellation:(KLTCancellation *_Nullable)cancellation
                                    error:(NSError **)error NS_SWIFT_NAME(start(_:cancellation:));
@property (nonatomic, readonly) NSString *ks;
@property (nonatomic, readonly) int64_t partnerID;
@property (nonatomic, readonly) NSString *userID;
@property (nonatomic, readonly) kaltura_session_type grantedType;
@property (nonatomic, readonly) NSString *privileges;
@property (nonatomic, readonly) NSString *droppedPrivileges;
@property (nonatomic, readonly) kaltura_adjustment adjustments;
@property (nonatomic, readonly) kaltura_hash_type hashType;
@property (nonatomic, readonly) NSDate *expirationDate; /* by the server's clock; remainingTime is right by any */
@property (nonatomic, readonly) NSTimeInterval remainingTime;
@end

#if __has_feature(blocks)
typedef void (^KLTLoadHandler)(KLTSession *_Nullable session, NSError *_Nullable error) NS_SWIFT_NAME(LoadHandler);
#endif

/* kaltura_provider: a valid session, always at hand. Deallocated, it is shut down; loads that wait are told so. */
NS_SWIFT_NAME(SessionProvider)
@interface KLTSessionProvider : NSObject {
 @public /* for KLTSession.m */
  kaltura_provider *_handle;
}
- (instancetype _Nullable)initWithOptions:(KLTSessionOptions *)options error:(NSError **)error;
@property (nonatomic, readonly) NSString *serviceURL;
@property (nonatomic, readonly) int64_t partnerID;
@property (nonatomic, readonly) KLTSession *_Nullable currentSession; /* kaltura_provider_peek */
/* kaltura_provider_load; blocks. */
- (KLTSession *_Nullable)loadWithCancellation:(KLTCancellation *_Nullable)cancellation
                                        error:(NSError **)error NS_SWIFT_NAME(load(cancellation:));
/* kaltura_provider_load_async. The completion comes once, with a session or an error, on the queue; if that is nil, on a
 * thread of the library's, or inside this call if the load cannot begin. */
#if __has_feature(blocks)
- (void)loadOnQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
         completion:(KLTLoadHandler)completion NS_SWIFT_NAME(load(on:cancellation:completion:));
#endif
/* The same, as a message with two arguments, such as -session:error:, to the target, which is retained until then. */
- (void)loadOnQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
             target:(id)target
             action:(SEL)action;
- (void)prefetch;
- (void)invalidateKS:(NSString *_Nullable)ks; /* nil: whatever there is, for a user's log-out */
- (kaltura_advice)reportErrorForKS:(NSString *)ks
                           apiCode:(NSString *)apiCode
                              ksID:(NSString *_Nullable)ksID NS_SWIFT_NAME(reportError(ks:apiCode:ksID:));
- (BOOL)switchToUserID:(NSString *_Nullable)userID error:(NSError **)error NS_SWIFT_NAME(switchUser(to:));
/* kaltura_provider_end_session: ends every session of the app token, later ones too; blocks. */
- (BOOL)endSessions:(kaltura_end)flags
       cancellation:(KLTCancellation *_Nullable)cancellation
              error:(NSError **)error NS_SWIFT_NAME(endSessions(_:cancellation:));
- (void)shutdown;
- (BOOL)drain:(NSTimeInterval)timeout; /* blocks */
@end

NS_ASSUME_NONNULL_END
