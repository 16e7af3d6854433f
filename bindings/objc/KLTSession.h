/*
 * KLTSession.h - kaltura_session.h for Objective-C. Licence: MIT OR Apache-2.0.
 *
 * Add the files KLT* to the app; ARC or manual retain-release. Each method is a function of kaltura_session.h, whose
 * comment is its manual: each value's range, when it fails, threads.
 *
 *   Handles    What -init makes without a value that it needs is C's NULL, and answered as such.
 *   Ownership  as in Cocoa. Callback objects are retained until the options, and all that was made from them, are gone.
 *   Strings    are copied; nil is C's NULL. One with a NUL inside, or half a surrogate pair, is refused like bad UTF-8.
 *   Errors     NSError: domain KLTErrorDomain, code a KALTURA_STATUS constant, localizedDescription the message,
 *              localizedRecoverySuggestion the hint; what else is known is in userInfo, see KLTValues.h. No secrets.
 *   Threads    Sessions, providers, cancellations, hashings and exchanges: any, concurrently. Options: one call at a
 *              time.
 *   Blocking   +startWithOptions:..., -loadWithCancellation:error:, -endSessions:cancellation:error: and -drain:
 *              block, within the total timeout; keep them off the main thread. Nothing else does.
 *   Callbacks  Objects that are called, and completions without a queue, run on threads of the library's.
 */
#import "KLTValues.h"

NS_ASSUME_NONNULL_BEGIN

/* What an app may do for the library, on threads of the library's. None of these methods may throw. */
NS_SWIFT_NAME(TokenHasher)
@protocol KLTTokenHasher <NSObject>
- (void)answerHashing:(KLTHashing *)hashing;
@end
/* The app's own HTTP: sends what the exchange says, as JSON by POST, without redirects, cookies and cache. */
NS_SWIFT_NAME(Transport)
@protocol KLTTransport <NSObject>
- (void)sendExchange:(KLTExchange *)exchange;
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

/* kaltura_options. A bad value is reported by whoever takes the options. The app token is nil if a token hasher is set. */
NS_SWIFT_NAME(SessionOptions)
@interface KLTSessionOptions : KLTOptionValues
- (void)setTokenHasher:(id<KLTTokenHasher> _Nullable)hasher;
- (void)setTransport:(id<KLTTransport> _Nullable)transport;
#if __has_feature(blocks)
- (void)setTransportBlock:(void (^_Nullable)(KLTExchange *exchange))block;
#endif
- (void)setLogger:(id<KLTLogger> _Nullable)logger maxLevel:(kaltura_log_level)level;
- (void)setStore:(id<KLTSessionStore> _Nullable)store;
@end

#if __has_feature(blocks)
typedef void (^KLTLoadHandler)(KLTSession *_Nullable session, NSError *_Nullable error) NS_SWIFT_NAME(LoadHandler);
#endif

/*
 * kaltura_provider: a valid session, always at hand. Deallocated, it is shut down; what waits is told so. A completion
 * comes once, on the queue; if that is nil, on a thread of the library's, or inside the call if that cannot begin. For an
 * end of sessions the session is nil, and the error too if it went well. A target is retained until it was sent its
 * message with two arguments, such as -session:error:.
 */
NS_SWIFT_NAME(SessionProvider)
@interface KLTSessionProvider : KLTProviderMethods
#if __has_feature(blocks)
- (void)loadOnQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
         completion:(KLTLoadHandler)completion NS_SWIFT_NAME(load(on:cancellation:completion:));
- (void)endSessions:(kaltura_end)flags
            onQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
         completion:(KLTLoadHandler)completion NS_SWIFT_NAME(endSessions(_:on:cancellation:completion:));
#endif
- (void)loadOnQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
             target:(id)target
             action:(SEL)action;
- (void)endSessions:(kaltura_end)flags
            onQueue:(NSOperationQueue *_Nullable)queue
       cancellation:(KLTCancellation *_Nullable)cancellation
             target:(id)target
             action:(SEL)action;
@end

NS_ASSUME_NONNULL_END
