// A KS from an app token.
#import "KLTSession.h"

static int printKS(void) {
  NSError *error = nil;
  KLTSessionOptions *options = [[KLTSessionOptions alloc] initWithPartnerID:101
                                                                 appTokenID:@"0_ab12cd34"
                                                                   appToken:@"00112233445566778899aabbccddeeff"];
  KLTSession *session = [KLTSession startWithOptions:options cancellation:nil error:&error];
  NSLog(@"%@", session != nil ? session.ks : [error localizedRecoverySuggestion]);
  return session == nil;
}

int main(void) {
#if __has_feature(objc_arc)
  @autoreleasepool { return printKS(); }
#else
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init]; /* the options go with the program */
  int status = printKS();
  [pool drain];
  return status;
#endif
}
