// A KS from an app token.
#import "KLTSession.h"

int main(void) {
  NSError *error = nil;
  KLTSessionOptions *options = [[KLTSessionOptions alloc] initWithPartnerID:101
                                                                 appTokenID:@"0_ab12cd34"
                                                                   appToken:@"00112233445566778899aabbccddeeff"];
  KLTSession *session = [KLTSession startWithOptions:options cancellation:nil error:&error];
  NSLog(@"%@", session != nil ? session.ks : [error localizedRecoverySuggestion]);
  return session == nil;
}
