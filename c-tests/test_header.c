/* The header alone, first, twice: it is complete, and what it declares is there. */
#include <kaltura_session.h>
#include <kaltura_session.h>

#include "harness.h"

static void the_library_is_the_headers(void) {
  EXPECT_STR(kaltura_version(), KALTURA_VERSION);
  EXPECT_EQ(kaltura_abi_version(), KALTURA_ABI_VERSION);
}

static void features_are_told(void) {
  EXPECT_EQ(kaltura_has_feature("http"), KALTURA_FEATURE_HTTP);
  EXPECT_EQ(kaltura_has_feature("HTTP"), 0);
  EXPECT_EQ(kaltura_has_feature("teleport"), 0);
  EXPECT_EQ(kaltura_has_feature("\xff"), 0);
  EXPECT_EQ(kaltura_has_feature(NULL), 0);
}

static void a_status_may_be_switched_over(void) {
  kaltura_status status = kaltura_error_status(NULL);
  switch (status) {
    case KALTURA_STATUS_OK: EXPECT_EQ(status, 0); break;
    default: EXPECT_TRUE(0);
  }
}

static void every_number_has_a_name(void) {
  EXPECT_STR(kaltura_status_name(KALTURA_STATUS_OK), "KALTURA_STATUS_OK");
  EXPECT_STR(kaltura_status_name(KALTURA_STATUS_PANIC), "KALTURA_STATUS_PANIC");
  EXPECT_STR(kaltura_status_name((kaltura_status)-1), "KALTURA_STATUS_UNKNOWN");
  EXPECT_STR(kaltura_status_name((kaltura_status)2147483647), "KALTURA_STATUS_UNKNOWN");
}

static const test_case tests[] = {
    TEST(the_library_is_the_headers),
    TEST(features_are_told),
    TEST(a_status_may_be_switched_over),
    TEST(every_number_has_a_name),
};

int main(void) { return RUN_TESTS(tests); }
