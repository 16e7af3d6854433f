/*
 * A valid KS, always at hand, in Objective-C: a load that blocks, one that completes on a queue of the app's, and a KS that
 * the server refused is refreshed. The settings come from the environment, as for examples/c/start_session.c.
 */
#import "KLTSession.h"

@interface Printer : NSObject
@end

@implementation Printer
/* The end of a KS tells one from another, and shows nothing secret. */
- (void)print:(KLTSession *)session error:(NSError *)error {
  if (session != nil) {
    NSLog(@"a KS that ends in ...%@ and lives for %.0f s", [session.ks substringFromIndex:[session.ks length] - 8],
          session.remainingTime);
  } else {
    NSLog(@"%@\n%@", [error localizedDescription], [error localizedRecoverySuggestion]);
  }
}
@end

static KLTSessionOptions *optionsFromEnvironment(void) {
  NSDictionary *settings = [[NSProcessInfo processInfo] environment];
  NSString *authority = [settings objectForKey:@"CA_FILE"];
  KLTSessionOptions *options =
      [[KLTSessionOptions alloc] initWithPartnerID:[[settings objectForKey:@"PARTNER_ID"] longLongValue]
                                        appTokenID:[settings objectForKey:@"APP_TOKEN_ID"]
                                          appToken:[settings objectForKey:@"APP_TOKEN"]];
  [options setServiceURL:[settings objectForKey:@"SERVICE_URL"]];
  [options setUserID:[settings objectForKey:@"USER_ID"]];
  if (authority != nil) {
    [options addCAPEM:[NSString stringWithContentsOfFile:authority encoding:NSUTF8StringEncoding error:NULL]];
  }
  return options;
}

static int run(void) {
  NSError *error = nil;
  Printer *printer = [[Printer alloc] init];
  NSOperationQueue *queue = [[NSOperationQueue alloc] init];
  KLTSessionProvider *provider = [[KLTSessionProvider alloc] initWithOptions:optionsFromEnvironment() error:&error];
  KLTSession *session = [provider loadWithCancellation:nil error:&error];
  [printer print:session error:error];
  if (session == nil) {
    return 1;
  }
  /* Another call was refused with INVALID_KS: the session is dropped, and the next load brings another. */
  if ([provider reportErrorForKS:session.ks apiCode:@"INVALID_KS" ksID:@"EXPIRED"] == KALTURA_ADVICE_REFRESH_AND_RETRY) {
#if __has_feature(blocks)
    [provider loadOnQueue:queue
             cancellation:nil
               completion:^(KLTSession *loaded, NSError *failure) { [printer print:loaded error:failure]; }];
#else
    [provider loadOnQueue:queue cancellation:nil target:printer action:@selector(print:error:)];
#endif
  }
  session = [provider loadWithCancellation:nil error:&error]; /* waits for the same refresh */
  [printer print:session error:error];
  [provider shutdown];
  [provider drain:10]; /* only because the program ends here */
  [queue waitUntilAllOperationsAreFinished];
  return session == nil;
}

int main(void) {
#if __has_feature(objc_arc)
  @autoreleasepool { return run(); }
#else
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init]; /* releases nothing else: the program ends */
  int status = run();
  [pool drain];
  return status;
#endif
}
