/*
 * KLTSession against the fake server, below manual retain-release: with gcc, whose Objective-C has no blocks, and with clang,
 * which has. What only ARC and Apple's Foundation have is compiled by check_apple.sh.
 */
#import "KLTSession.h"
#include "fake_server.h"
#include "harness.h"

static fake_server *server;

static KLTSessionOptions *makeOptions(NSString *appTokenID, NSString *appToken) {
  KLTSessionOptions *options = [[KLTSessionOptions alloc] initWithPartnerID:FAKE_PARTNER_ID appTokenID:appTokenID appToken:appToken];
  [options setServiceURL:[NSString stringWithUTF8String:fake_server_http_url(server)]];
  [options setHashType:KALTURA_HASH_TYPE_SHA256];
  [options setProxyURL:@""];
  return [options autorelease];
}

static KLTSessionOptions *accountOptions(void) { return makeOptions(@FAKE_APP_TOKEN_ID, @FAKE_APP_TOKEN); }

static KLTSessionProvider *makeProvider(KLTSessionOptions *options) {
  NSError *error = nil;
  KLTSessionProvider *provider = [[KLTSessionProvider alloc] initWithOptions:options error:&error];
  EXPECT_TRUE(provider != nil && error == nil);
  return [provider autorelease];
}

static id info(NSError *error, NSString *key) { return [[error userInfo] objectForKey:key]; }
#define EXPECT_SAME(actual, expected) EXPECT_STR([(actual) UTF8String], [(NSString *)(expected) UTF8String])

static void a_session_says_what_was_granted(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  KLTSessionOptions *options = makeOptions(@"0_lockuser", @"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  [options setUserID:@"joe"];
  [options setSessionType:KALTURA_SESSION_TYPE_ADMIN];
  [options setExpirySeconds:99999999];
  [options setPrivileges:@"list:0_x,setrole:1"];
  KLTSession *session = [KLTSession startWithOptions:options cancellation:nil error:&error];
  EXPECT_TRUE(error == nil);
  EXPECT_AT_LEAST([session.ks length], 100);
  EXPECT_EQ(session.partnerID, FAKE_PARTNER_ID);
  EXPECT_SAME(session.userID, @"service@example.com");
  EXPECT_EQ(session.grantedType, KALTURA_SESSION_TYPE_USER);
  EXPECT_CONTAINS([session.privileges UTF8String], "list:0_x");
  EXPECT_SAME(session.droppedPrivileges, @"setrole:1");
  EXPECT_TRUE((session.adjustments & KALTURA_ADJUSTMENT_USER_REPLACED) != 0);
  EXPECT_EQ(session.hashType, KALTURA_HASH_TYPE_SHA256);
  EXPECT_TRUE(session.remainingTime > 0 && [session.expirationDate timeIntervalSinceNow] > 0);
  [pool drain];
}

static void an_error_of_the_api_is_a_whole_nserror(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  EXPECT_TRUE([KLTSession startWithOptions:makeOptions(@"0_disabled", @FAKE_APP_TOKEN) cancellation:nil error:&error] == nil);
  EXPECT_SAME([error domain], KLTErrorDomain);
  EXPECT_EQ([error code], KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE);
  EXPECT_TRUE([[error localizedDescription] length] > 0 && [[error localizedRecoverySuggestion] length] > 0);
  EXPECT_SAME(info(error, KLTErrorAPICodeKey), @"APP_TOKEN_NOT_ACTIVE");
  EXPECT_SAME([info(error, KLTErrorAPIArgumentsKey) objectForKey:@"ID"], @"0_disabled");
  EXPECT_EQ([info(error, KLTErrorCategoryKey) intValue], KALTURA_CATEGORY_SERVER);
  EXPECT_EQ([info(error, KLTErrorStepKey) intValue], KALTURA_STEP_START_SESSION);
  EXPECT_EQ([info(error, KLTErrorAttemptsKey) intValue], 2);
  EXPECT_EQ([info(error, KLTErrorHTTPStatusKey) intValue], 200);
  EXPECT_TRUE(![info(error, KLTErrorRetryableKey) boolValue] && info(error, KLTErrorOptionKey) == nil);
  EXPECT_TRUE([KLTSession startWithOptions:makeOptions(@"0_disabled", @FAKE_APP_TOKEN) cancellation:nil error:NULL] == nil);
  [pool drain];
}

/* The option that a call names which takes these options. */
static NSString *refused(KLTSessionOptions *options) {
  NSError *error = nil;
  EXPECT_TRUE([[KLTSessionProvider alloc] initWithOptions:options error:&error] == nil);
  EXPECT_EQ([error code], KALTURA_STATUS_INVALID_ARGUMENT);
  return info(error, KLTErrorOptionKey);
}

/* What a story of bindings/stories.txt ends with. */
static NSString *play(NSString *action, KLTSessionOptions *options) {
  NSError *error = nil;
  if ([action isEqualToString:@"start"]) {
    KLTSession *session = [KLTSession startWithOptions:options cancellation:nil error:&error];
    if (session != nil) {
      return [NSString stringWithFormat:@"partner=%lld user=%@ type=%d adjustments=%u hash=%d", (long long)session.partnerID,
                                        session.userID, session.grantedType, session.adjustments, session.hashType];
    }
    NSString *option = info(error, KLTErrorOptionKey), *code = info(error, KLTErrorAPICodeKey);
    NSString *appTokenID = [info(error, KLTErrorAPIArgumentsKey) objectForKey:@"ID"];
    return [NSString stringWithFormat:@"status=%d category=%@ step=%@ option=%@ code=%@ id=%@ http=%@ retryable=%d attempts=%@ told=%d",
                                      (int)[error code], info(error, KLTErrorCategoryKey), info(error, KLTErrorStepKey),
                                      option != nil ? option : @"", code != nil ? code : @"", appTokenID != nil ? appTokenID : @"",
                                      info(error, KLTErrorHTTPStatusKey), [info(error, KLTErrorRetryableKey) boolValue],
                                      info(error, KLTErrorAttemptsKey),
                                      [[error localizedDescription] length] > 0 && [[error localizedRecoverySuggestion] length] > 0];
  }
  KLTSessionProvider *provider = makeProvider(options);
  KLTCancellation *cancellation = [[[KLTCancellation alloc] init] autorelease];
  if ([action isEqualToString:@"cancelled"]) {
    [NSThread detachNewThreadSelector:@selector(cancel) toTarget:cancellation withObject:nil];
  }
  KLTSession *first = [provider loadWithCancellation:cancellation error:&error];
  if (first == nil) return [NSString stringWithFormat:@"status=%d", (int)[error code]];
  KLTSession *again = [provider loadWithCancellation:nil error:&error];
  kaltura_advice advice = [provider reportErrorForKS:first.ks apiCode:@"INVALID_KS" ksID:@"EXPIRED"];
  KLTSession *third = [provider loadWithCancellation:nil error:&error];
  return [NSString stringWithFormat:@"same=%d advice=%d other=%d", [first.ks isEqualToString:again.ks], advice,
                                    ![first.ks isEqualToString:third.ks]];
}

static void every_story_ends_as_in_every_language(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSString *text = [NSString stringWithContentsOfFile:@"bindings/stories.txt" encoding:NSUTF8StringEncoding error:NULL];
  NSEnumerator *lines = [[text componentsSeparatedByString:@"\n"] objectEnumerator];
  int played = 0;
  for (NSString *line; (line = [lines nextObject]) != nil;) {
    if ([line length] == 0 || [line hasPrefix:@"#"]) continue;
    NSMutableArray *cells = [NSMutableArray array];
    NSEnumerator *parts = [[line componentsSeparatedByString:@"|"] objectEnumerator];
    for (NSString *part; (part = [parts nextObject]) != nil;) {
      [cells addObject:[part stringByTrimmingCharactersInSet:[NSCharacterSet whitespaceCharacterSet]]];
    }
    fake_server_reset(server);
    fake_server_script(server, [[cells objectAtIndex:1] UTF8String]);
    KLTSessionOptions *options = makeOptions([cells objectAtIndex:2], [cells objectAtIndex:3]);
    [options setUserID:[cells objectAtIndex:4]];
    [options setMaxAttempts:[[cells objectAtIndex:5] intValue]];
    EXPECT_SAME(play([cells objectAtIndex:0], options), [cells objectAtIndex:6]);
    played++;
  }
  EXPECT_AT_LEAST(played, 9);
  fake_server_reset(server);
  [pool drain];
}

static void text_with_a_nul_inside_is_refused_by_its_name(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  const unichar nul[] = {'a', 0, 'b'}; /* half a surrogate pair is a nil string in GNUstep */
  NSString *bad = [NSString stringWithCharacters:nul length:3];
  KLTSessionOptions *options = accountOptions();
  [options setUserID:bad];
  EXPECT_SAME(refused(options), @"user_id");
  [options setUserID:@"\u00e9"];
  [options setPrivileges:bad];
  EXPECT_SAME(refused(options), @"privileges");
  EXPECT_SAME(refused(makeOptions(bad, @FAKE_APP_TOKEN)), @"app_token_id");
  EXPECT_SAME(refused(makeOptions(@FAKE_APP_TOKEN_ID, bad)), @"app_token");
  [pool drain];
}

static void numbers_and_times_go_to_their_options(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  KLTSessionOptions *options = accountOptions();
  [options setTotalTimeout:0.0001];
  EXPECT_SAME(refused(options), @"total_timeout_ms");
  [options setTotalTimeout:1.5];
  [options setConnectTimeout:-1];
  EXPECT_SAME(refused(options), @"connect_timeout_ms");
  [options setConnectTimeout:1];
  [options setMaxAttempts:0];
  EXPECT_SAME(refused(options), @"max_attempts");
  [options setMaxAttempts:1];
  [options setRefreshWindowsAdvisorySeconds:1 mandatorySeconds:-1];
  EXPECT_SAME(refused(options), @"refresh_windows_seconds");
  [options setRefreshWindowsAdvisorySeconds:0 mandatorySeconds:0];
  [options addCAPEM:@"no certificate"];
  EXPECT_SAME(refused(options), @"ca_pem");
  [pool drain];
}

/* Takes a completion, an answer to a hash, log lines, a store's calls; counts. */
@interface Host : NSObject <KLTTokenHasher, KLTTransport, KLTLogger, KLTSessionStore> {
 @public
  NSCondition *_condition;
  KLTSession *_session;
  NSError *_error;
  NSMutableDictionary *_stored;
  NSOperationQueue *_queue;
  int _completions, _lines;
}
- (void)session:(KLTSession *)session error:(NSError *)error;
- (BOOL)waitForCompletion;
@end

static int hosts;

@implementation Host
- (id)init {
  self = [super init];
  _condition = [[NSCondition alloc] init];
  _stored = [[NSMutableDictionary alloc] init];
  __atomic_add_fetch(&hosts, 1, __ATOMIC_RELAXED);
  return self;
}
- (void)session:(KLTSession *)session error:(NSError *)error {
  [_condition lock];
  _session = [session retain];
  _error = [error retain];
  _completions++;
  [_condition signal];
  [_condition unlock];
}
- (BOOL)waitForCompletion {
  [_condition lock];
  while (_completions == 0 && [_condition waitUntilDate:[NSDate dateWithTimeIntervalSinceNow:30]]) {
  }
  [_condition unlock];
  return _completions == 1;
}
- (void)answerHashing:(KLTHashing *)hashing {
  EXPECT_TRUE([hashing.widgetKS length] > 100 && hashing.timeout > 0);
  [hashing failWithMessage:@"the backend is asleep"];
}
- (void)sendExchange:(KLTExchange *)exchange {
  NSHTTPURLResponse *response = nil;
  NSMutableURLRequest *request = [NSMutableURLRequest requestWithURL:[NSURL URLWithString:exchange.url]];
  [request setHTTPMethod:@"POST"];
  [request setHTTPBody:exchange.body];
  [request setTimeoutInterval:exchange.timeout];
  [request setValue:@"application/json" forHTTPHeaderField:@"Content-Type"];
  NSData *body = [NSURLConnection sendSynchronousRequest:request returningResponse:(NSURLResponse **)&response error:NULL];
  NSEnumerator *names = [[response allHeaderFields] keyEnumerator];
  for (NSString *name; (name = [names nextObject]) != nil;) {
    [exchange addHeader:name value:[[response allHeaderFields] objectForKey:name]];
  }
  EXPECT_TRUE(!exchange.isCancelled);
  if (body == nil) {
    [exchange failWithStatus:KALTURA_STATUS_CONNECTION_LOST message:@"no reply"];
  } else {
    [exchange replyWithStatus:(int32_t)[response statusCode] body:body];
  }
}
- (void)logLine:(NSString *)line level:(kaltura_log_level)level {
  EXPECT_TRUE([line length] > 0 && level <= KALTURA_LOG_LEVEL_DEBUG);
  __atomic_add_fetch(&_lines, 1, __ATOMIC_RELAXED);
}
- (NSData *)loadDataForKey:(NSString *)key { return [_stored objectForKey:key]; }
- (BOOL)saveData:(NSData *)data forKey:(NSString *)key {
  [_stored setObject:data forKey:key];
  return YES;
}
- (BOOL)clearDataForKey:(NSString *)key {
  [_stored removeObjectForKey:key];
  return YES;
}
- (void)dealloc {
  [_condition release];
  [_session release];
  [_error release];
  [_stored release];
  __atomic_sub_fetch(&hosts, 1, __ATOMIC_RELAXED);
  [super dealloc];
}
@end

/* Nobody has one any more, soon. */
static void expectHostsGone(void) {
  for (int waited = 0; waited < 10000 && __atomic_load_n(&hosts, __ATOMIC_RELAXED) > 0; waited++) {
    usleep(1000);
  }
  EXPECT_EQ(__atomic_load_n(&hosts, __ATOMIC_RELAXED), 0);
}

static void a_refused_ks_is_refreshed(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  fake_server_reset(server);
  KLTSessionProvider *provider = makeProvider(accountOptions());
  EXPECT_TRUE(provider.currentSession == nil);
  KLTSession *first = [provider loadWithCancellation:nil error:&error];
  EXPECT_SAME([provider loadWithCancellation:nil error:&error].ks, first.ks);
  EXPECT_SAME(provider.currentSession.ks, first.ks);
  EXPECT_EQ([provider reportErrorForKS:first.ks apiCode:@"INVALID_KS" ksID:@"EXPIRED"], KALTURA_ADVICE_REFRESH_AND_RETRY);
  KLTSession *second = [provider loadWithCancellation:nil error:&error];
  EXPECT_TRUE(![second.ks isEqualToString:first.ks] && error == nil);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  [provider invalidateKS:second.ks];
  EXPECT_TRUE(provider.currentSession == nil);
  EXPECT_SAME(provider.serviceURL, [NSString stringWithUTF8String:fake_server_http_url(server)]);
  EXPECT_TRUE([provider switchToUserID:@"bob" error:&error]);
  EXPECT_SAME([provider loadWithCancellation:nil error:&error].userID, @"bob");
  EXPECT_TRUE(![provider endSessions:0 cancellation:nil error:&error]);
  EXPECT_EQ([error code], KALTURA_STATUS_INVALID_ARGUMENT);
  [provider shutdown];
  EXPECT_TRUE([provider drain:10]);
  EXPECT_TRUE([provider loadWithCancellation:nil error:&error] == nil);
  EXPECT_EQ([error code], KALTURA_STATUS_SHUT_DOWN);
  [pool drain];
}

static void a_completion_comes_once_on_the_queue(void) {
  for (int onQueue = 0; onQueue < 2; onQueue++) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    Host *host = [[[Host alloc] init] autorelease];
    NSOperationQueue *queue = onQueue ? [[[NSOperationQueue alloc] init] autorelease] : nil;
    KLTSessionProvider *provider = makeProvider(accountOptions());
    [provider loadOnQueue:queue cancellation:nil target:host action:@selector(session:error:)];
    EXPECT_TRUE([host waitForCompletion]);
    EXPECT_TRUE([host->_session.ks length] > 100 && host->_error == nil);
    [pool drain];
    expectHostsGone();
  }
}

static void a_cancelled_load_completes_with_its_error(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  fake_server_script(server, "start:* hold name=never");
  KLTCancellation *cancellation = [[[KLTCancellation alloc] init] autorelease];
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionProvider *provider = makeProvider(accountOptions());
  [provider loadOnQueue:nil cancellation:cancellation target:host action:@selector(session:error:)];
  [cancellation cancel];
  EXPECT_TRUE([host waitForCompletion]);
  EXPECT_EQ([host->_error code], KALTURA_STATUS_CANCELLED);
  NSError *error = nil;
  EXPECT_TRUE([KLTSession startWithOptions:accountOptions() cancellation:cancellation error:&error] == nil);
  EXPECT_EQ([error code], KALTURA_STATUS_CANCELLED);
  fake_server_reset(server);
  [pool drain];
  expectHostsGone();
}

static void an_end_of_sessions_completes_without_a_session(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  Host *host = [[[Host alloc] init] autorelease], *other = [[[Host alloc] init] autorelease];
  NSOperationQueue *queue = [[[NSOperationQueue alloc] init] autorelease];
  KLTSessionProvider *provider = makeProvider(accountOptions());
  EXPECT_TRUE([provider loadWithCancellation:nil error:&error] != nil);
  kaltura_end all = KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN;
  [provider endSessions:all onQueue:queue cancellation:nil target:host action:@selector(session:error:)];
  EXPECT_TRUE([host waitForCompletion]);
  EXPECT_TRUE(host->_session == nil && host->_error == nil);
  EXPECT_TRUE([provider loadWithCancellation:nil error:&error] == nil);
  EXPECT_EQ([info(error, KLTErrorKSReasonKey) intValue], KALTURA_KS_REASON_LOGOUT);
  [provider endSessions:0 onQueue:nil cancellation:nil target:other action:@selector(session:error:)];
  EXPECT_TRUE([other waitForCompletion]);
  EXPECT_EQ([other->_error code], KALTURA_STATUS_INVALID_ARGUMENT);
  fake_server_reset(server);
  [pool drain];
  expectHostsGone();
}

static void the_app_carries_the_requests(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionOptions *options = accountOptions();
  fake_server_reset(server);
  [options setTransport:host];
  KLTSession *session = [KLTSession startWithOptions:options cancellation:nil error:&error];
  EXPECT_TRUE([session.ks length] > 100 && session.remainingTime > 3600);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
  [options setTransport:nil];
  EXPECT_SAME(refused(options), @"transport");
  [pool drain];
  expectHostsGone();
}

static void a_load_that_cannot_begin_completes_all_the_same(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionProvider *nothing = [[[KLTSessionProvider alloc] init] autorelease];
  [nothing loadOnQueue:nil cancellation:nil target:host action:@selector(session:error:)];
  EXPECT_TRUE([host waitForCompletion]);
  EXPECT_EQ([host->_error code], KALTURA_STATUS_INVALID_ARGUMENT);
  [pool drain];
  expectHostsGone();
}

static void a_hasher_a_logger_and_a_store_are_called_and_let_go(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionOptions *options = makeOptions(@FAKE_APP_TOKEN_ID, nil);
  [options setTokenHasher:host];
  [options setLogger:host maxLevel:KALTURA_LOG_LEVEL_DEBUG];
  EXPECT_TRUE([KLTSession startWithOptions:options cancellation:nil error:&error] == nil);
  EXPECT_EQ([error code], KALTURA_STATUS_CALLBACK_FAILED);
  EXPECT_CONTAINS([[error localizedDescription] UTF8String], "the backend is asleep");
  EXPECT_TRUE(host->_lines > 0);

  options = accountOptions();
  [options setStore:host];
  KLTSessionProvider *provider = makeProvider(options);
  KLTSession *session = [provider loadWithCancellation:nil error:&error];
  [provider shutdown];
  EXPECT_TRUE([provider drain:10]);
  EXPECT_EQ([host->_stored count], 1);
  fake_server_reset(server);
  provider = makeProvider(options);
  EXPECT_SAME([provider loadWithCancellation:nil error:&error].ks, session.ks);
  EXPECT_EQ(fake_server_counter(server, "requests"), 0);
  [provider invalidateKS:nil];
  EXPECT_EQ([host->_stored count], 0);
  [options setStore:nil];
  EXPECT_SAME(refused(options), @"store");
  [pool drain];
  expectHostsGone();
}

#if __has_feature(blocks)
static void a_block_completes_on_the_queue(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  Host *host = [[[Host alloc] init] autorelease];
  NSOperationQueue *queue = [[[NSOperationQueue alloc] init] autorelease];
  [makeProvider(accountOptions()) loadOnQueue:queue
                                 cancellation:nil
                                   completion:^(KLTSession *session, NSError *error) {
                                     [host session:session error:error];
                                   }];
  EXPECT_TRUE([host waitForCompletion]);
  /* The provider is shut down when it goes, before or after the session came. */
  EXPECT_TRUE([host->_session.ks length] > 100 || [host->_error code] == KALTURA_STATUS_SHUT_DOWN);
  [pool drain];
  expectHostsGone();
}

static void a_block_takes_the_end_of_sessions(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionProvider *provider = makeProvider(accountOptions());
  EXPECT_TRUE([provider loadWithCancellation:nil error:NULL] != nil);
  [provider endSessions:KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN
                onQueue:nil
           cancellation:nil
             completion:^(KLTSession *session, NSError *error) {
               [host session:session error:error];
             }];
  EXPECT_TRUE([host waitForCompletion]);
  EXPECT_TRUE(host->_session == nil && host->_error == nil);
  fake_server_reset(server);
  [pool drain];
  expectHostsGone();
}

static void a_block_carries_the_requests_and_hears_of_their_end(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  NSError *error = nil;
  Host *host = [[[Host alloc] init] autorelease];
  KLTSessionOptions *options = accountOptions();
  [options setMaxAttempts:1];
  [options setTransportBlock:^(KLTExchange *exchange) {
    [host sendExchange:exchange];
  }];
  EXPECT_TRUE([[KLTSession startWithOptions:options cancellation:nil error:&error].ks length] > 100);
  [options setTransportBlock:^(KLTExchange *exchange) {
    [exchange onCancel:^{
      [host session:nil error:nil];
    }];
    usleep(200000);
    EXPECT_TRUE(exchange.isCancelled);
  }];
  [options setTotalTimeout:0.1];
  EXPECT_TRUE([KLTSession startWithOptions:options cancellation:nil error:&error] == nil);
  EXPECT_EQ([error code], KALTURA_STATUS_TIMEOUT);
  EXPECT_TRUE([host waitForCompletion]);
  while (GSDebugAllocationCount([KLTExchange class]) > 0) { /* the block still runs, and has its exchange */
    usleep(1000);
  }
  [options setTransportBlock:nil];
  EXPECT_SAME(refused(options), @"transport");
  [pool drain];
  expectHostsGone();
}
#endif

static void takeSessions(long count) {
  NSError *error = nil;
  KLTSessionProvider *provider = makeProvider(accountOptions());
  for (long index = 0; index < count; index++) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    EXPECT_TRUE([KLTSession startWithOptions:accountOptions() cancellation:nil error:&error] != nil);
    KLTSession *loaded = [provider loadWithCancellation:nil error:&error];
    EXPECT_TRUE(loaded != nil && error == nil);
    if (index % 100 == 0) {
      Host *host = [[[Host alloc] init] autorelease];
      [provider loadOnQueue:nil cancellation:nil target:host action:@selector(session:error:)];
      EXPECT_TRUE([host waitForCompletion]);
      EXPECT_TRUE([KLTSession startWithOptions:makeOptions(@"0_disabled", @"00") cancellation:nil error:&error] == nil);
      [provider invalidateKS:loaded.ks];
    }
    [pool drain];
  }
  [provider shutdown];
  EXPECT_TRUE([provider drain:10]);
}

/* By GNUstep's own count of instances; a leak checker is given SESSIONS=10000. */
static void whatever_was_taken_is_freed(void) {
  NSString *classes[] = {@"KLTSession", @"KLTSessionOptions", @"KLTSessionProvider", @"KLTCancellation", @"KLTHashing", @"KLTExchange", @"KLTLoad",
                         @"NSError"};
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  takeSessions(getenv("SESSIONS") != NULL ? atol(getenv("SESSIONS")) : 100);
  EXPECT_TRUE(GSDebugAllocationTotal(NSClassFromString(@"KLTSession")) > 100);
  [pool drain];
  expectHostsGone();
  for (size_t index = 0; index < sizeof classes / sizeof classes[0]; index++) {
    EXPECT_EQ(GSDebugAllocationCount(NSClassFromString(classes[index])), 0);
  }
}

static const test_case tests[] = {
    TEST(a_session_says_what_was_granted),
    TEST(every_story_ends_as_in_every_language),
    TEST(an_error_of_the_api_is_a_whole_nserror),
    TEST(text_with_a_nul_inside_is_refused_by_its_name),
    TEST(numbers_and_times_go_to_their_options),
    TEST(a_refused_ks_is_refreshed),
    TEST(a_completion_comes_once_on_the_queue),
    TEST(a_cancelled_load_completes_with_its_error),
    TEST(a_load_that_cannot_begin_completes_all_the_same),
    TEST(an_end_of_sessions_completes_without_a_session),
    TEST(the_app_carries_the_requests),
    TEST(a_hasher_a_logger_and_a_store_are_called_and_let_go),
#if __has_feature(blocks)
    TEST(a_block_completes_on_the_queue),
    TEST(a_block_takes_the_end_of_sessions),
    TEST(a_block_carries_the_requests_and_hears_of_their_end),
#endif
    TEST(whatever_was_taken_is_freed),
};

int main(void) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  int result;
  GSDebugAllocationActive(YES);
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  [pool drain];
  return result;
}
