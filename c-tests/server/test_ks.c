/* KSs signed and read from C, privileges, and what becomes of NULL, bad UTF-8 and numbers out of range. */
#include <kaltura_session_server.h>
#include <string.h>

#include "../harness.h"

#define SECRET "a1b2c3d4e5f60718293a4b5c6d7e8f90"
#define OTHER_SECRET "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define NOT_UTF8 "\xff"

static const char *const secrets[] = {OTHER_SECRET, SECRET};

static char *sign(int32_t version) {
  kaltura_error *error;
  char *ks = kaltura_ks_sign(version, 101, SECRET, "ann", KALTURA_SESSION_TYPE_ADMIN, 3600, "list:*,edit:0_a/0_b", &error);
  EXPECT_NOT_NULL(ks);
  EXPECT_STR(kaltura_error_message(error), "");
  return ks;
}

static kaltura_ks *read_with(const char *ks, size_t secret_count) {
  kaltura_error *error;
  kaltura_ks *read = kaltura_ks_read(ks, secret_count == 0 ? NULL : secrets, secret_count, &error);
  EXPECT_NOT_NULL(read);
  EXPECT_NULL(error);
  return read;
}

static void expect_verdict(const char *ks, size_t secret_count, kaltura_verdict verdict) {
  kaltura_ks *read = read_with(ks, secret_count);
  EXPECT_EQ(kaltura_ks_verdict(read), verdict);
  kaltura_ks_free(read);
}

static void what_was_signed_is_read(void) {
  int32_t version;
  for (version = 1; version <= 2; version++) {
    char *ks = sign(version);
    kaltura_ks *read = read_with(ks, 2);
    EXPECT_EQ(kaltura_ks_verdict(read), KALTURA_VERDICT_VALID);
    EXPECT_EQ(kaltura_ks_version(read), version);
    EXPECT_EQ(kaltura_ks_partner_id(read), 101);
    EXPECT_EQ(kaltura_ks_secret_index(read), 1);
    EXPECT_STR(kaltura_ks_user_id(read), "ann");
    EXPECT_EQ(kaltura_ks_session_type(read), KALTURA_SESSION_TYPE_ADMIN);
    EXPECT_AT_LEAST(kaltura_ks_expires_at_seconds(read), 1700000000);
    EXPECT_STR(kaltura_ks_privileges(read), "list:*,edit:0_a/0_b");
    EXPECT_EQ(strlen(kaltura_ks_hash(read)), 40);
    EXPECT_NULL(kaltura_ks_session_id_hash(read));
    EXPECT_EQ(kaltura_ks_is_widget_session(read), 0);
    kaltura_ks_free(read);
    kaltura_free_string(ks);
  }
}

static void without_a_secret_nothing_is_proven(void) {
  char *one = sign(1), *two = sign(2);
  kaltura_ks *read = read_with(one, 0);
  EXPECT_EQ(kaltura_ks_verdict(read), KALTURA_VERDICT_UNVERIFIED);
  EXPECT_STR(kaltura_ks_user_id(read), "ann");
  EXPECT_EQ(kaltura_ks_secret_index(read), -1);
  kaltura_ks_free(read);
  read = read_with(two, 0);
  EXPECT_EQ(kaltura_ks_verdict(read), KALTURA_VERDICT_UNVERIFIED);
  EXPECT_EQ(kaltura_ks_partner_id(read), 101);
  EXPECT_NULL(kaltura_ks_user_id(read));
  EXPECT_NULL(kaltura_ks_privileges(read));
  EXPECT_EQ(kaltura_ks_session_type(read), -1);
  EXPECT_EQ(kaltura_ks_expires_at_seconds(read), 0);
  kaltura_ks_free(read);
  kaltura_free_string(two);
  kaltura_free_string(one);
}

static void each_way_to_be_bad_has_a_verdict(void) {
  /* Of the real server's code; it ended in 2020. */
  static const char expired[] =
      "djJ8MTAxfDb3DKWPTzWKmKSWJ2r4S4UbUedTPGXcg-RSs65h9T5fZyccSIb89r25yAKgKi5Iz_7MfxYfM5AhAcsptGYbHDA=";
  char *ks = sign(2);
  expect_verdict("!!!", 2, KALTURA_VERDICT_BAD_ENCODING);
  expect_verdict("", 2, KALTURA_VERDICT_BAD_ENCODING);
  expect_verdict("aGVsbG8=", 2, KALTURA_VERDICT_UNKNOWN_VERSION);
  expect_verdict(ks, 1, KALTURA_VERDICT_WRONG_SECRET);
  expect_verdict(expired, 2, KALTURA_VERDICT_EXPIRED);
  ks[60] = ks[60] == 'A' ? 'B' : 'A';
  expect_verdict(ks, 2, KALTURA_VERDICT_TAMPERED);
  EXPECT_EQ(kaltura_ks_verdict(NULL), KALTURA_VERDICT_BAD_ENCODING);
  kaltura_free_string(ks);
}

static void expect_not_signed(char *ks, kaltura_error *error, const char *option) {
  EXPECT_NULL(ks);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
  EXPECT_STR(kaltura_error_option(error), option);
  EXPECT_TRUE(kaltura_error_hint(error)[0] != '\0');
  kaltura_error_free(error);
}

static void what_cannot_be_right_is_not_signed(void) {
  kaltura_error *error;
  char *ks;
#define NOT_SIGNED(option, version, partner_id, secret, user_id, type, expiry, privileges)                    \
  ks = kaltura_ks_sign(version, partner_id, secret, user_id, type, expiry, privileges, &error);               \
  expect_not_signed(ks, error, option)
  NOT_SIGNED("version", 0, 101, SECRET, "", 0, 60, "");
  NOT_SIGNED("version", 3, 101, SECRET, "", 0, 60, "");
  NOT_SIGNED("partner_id", 2, 0, SECRET, "", 0, 60, "");
  NOT_SIGNED("secret", 2, 101, NULL, "", 0, 60, "");
  NOT_SIGNED("secret", 2, 101, "", "", 0, 60, "");
  NOT_SIGNED("secret", 2, 101, NOT_UTF8, "", 0, 60, "");
  NOT_SIGNED("user_id", 2, 101, SECRET, NOT_UTF8, 0, 60, "");
  NOT_SIGNED("user_id", 1, 101, SECRET, "a;b", 0, 60, "");
  NOT_SIGNED("session_type", 2, 101, SECRET, "", 1, 60, "");
  NOT_SIGNED("expiry_seconds", 2, 101, SECRET, "", 0, 0, "");
  NOT_SIGNED("expiry_seconds", 2, 101, SECRET, "", 0, -1, "");
  NOT_SIGNED("privileges", 2, 101, SECRET, "", 0, 60, NOT_UTF8);
  NOT_SIGNED("privileges", 2, 101, SECRET, "", 0, 60, "_u:evil");
  ks = kaltura_ks_sign(2, INT64_MAX, SECRET, NULL, 0, INT64_MAX, NULL, NULL);
  EXPECT_NOT_NULL(ks);
  kaltura_free_string(ks);
}

static void what_cannot_be_read_is_refused(void) {
  static const char *const with_null[] = {SECRET, NULL}, *const not_utf8[] = {NOT_UTF8};
  kaltura_error *error;
  EXPECT_NULL(kaltura_ks_read(NULL, NULL, 0, &error));
  EXPECT_STR(kaltura_error_option(error), "ks");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_ks_read(NOT_UTF8, NULL, 0, NULL));
  EXPECT_NULL(kaltura_ks_read("abc", NULL, 1, &error));
  EXPECT_STR(kaltura_error_option(error), "secrets");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_ks_read("abc", with_null, 2, &error));
  EXPECT_STR(kaltura_error_option(error), "secrets");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_ks_read("abc", not_utf8, 1, NULL));
}

static void privileges_are_put_together_and_taken_apart(void) {
  kaltura_error *error;
  kaltura_privileges *list = kaltura_privileges_new(" list:*, edit:0_a", &error);
  EXPECT_EQ(kaltura_privileges_add(list, "edit", "0_b", &error), 1);
  EXPECT_EQ(kaltura_privileges_add(list, "sview", NULL, &error), 1);
  EXPECT_STR(kaltura_privileges_text(list), "list:*,edit:0_a/0_b,sview");
  EXPECT_EQ(kaltura_privileges_count(list), 3);
  EXPECT_STR(kaltura_privileges_name(list, 1), "edit");
  EXPECT_STR(kaltura_privileges_values(list, 1), "0_a/0_b");
  EXPECT_STR(kaltura_privileges_values(list, 2), "");
  EXPECT_NULL(kaltura_privileges_name(list, 3));
  EXPECT_EQ(kaltura_privileges_allow(list, "list", "0_x"), 1);
  EXPECT_EQ(kaltura_privileges_allow(list, "edit", "0_x"), 0);
  EXPECT_EQ(kaltura_privileges_add(list, "a,b", NULL, &error), 0);
  EXPECT_STR(kaltura_error_option(error), "name");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_privileges_add(list, NULL, "x", NULL), 0);
  EXPECT_EQ(kaltura_privileges_add(list, "a", "b,c", &error), 0);
  EXPECT_STR(kaltura_error_option(error), "value");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_privileges_count(list), 3);
  kaltura_privileges_free(list);
}

static void null_handles_are_answered(void) {
  kaltura_error *error;
  EXPECT_EQ(kaltura_ks_version(NULL) + kaltura_ks_is_widget_session(NULL), 0);
  EXPECT_EQ(kaltura_ks_partner_id(NULL) + kaltura_ks_expires_at_seconds(NULL), 0);
  EXPECT_EQ(kaltura_ks_secret_index(NULL), -1);
  EXPECT_EQ(kaltura_ks_session_type(NULL), -1);
  EXPECT_NULL(kaltura_ks_user_id(NULL));
  EXPECT_NULL(kaltura_ks_privileges(NULL));
  EXPECT_NULL(kaltura_ks_master_partner_id(NULL));
  EXPECT_NULL(kaltura_ks_additional_data(NULL));
  EXPECT_NULL(kaltura_ks_hash(NULL));
  EXPECT_NULL(kaltura_ks_session_id_hash(NULL));
  kaltura_ks_free(NULL);
  EXPECT_STR(kaltura_privileges_text(NULL), "");
  EXPECT_EQ(kaltura_privileges_count(NULL), 0);
  EXPECT_EQ(kaltura_privileges_allow(NULL, "a", "b"), 0);
  EXPECT_EQ(kaltura_privileges_add(NULL, "a", "b", NULL), 0);
  EXPECT_NULL(kaltura_privileges_name(NULL, 0));
  EXPECT_NULL(kaltura_privileges_values(NULL, 0));
  EXPECT_NULL(kaltura_privileges_new(NOT_UTF8, NULL));
  kaltura_privileges_free(NULL);
  EXPECT_NULL(kaltura_admin_new(NULL, "abc", &error));
  EXPECT_STR(kaltura_error_option(error), "options");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_admin_new_with_secret(NULL, SECRET, NULL, NULL));
  EXPECT_EQ(kaltura_ks_check(NULL, "abc", NULL, NULL), 0);
  kaltura_admin_free(NULL);
  EXPECT_NULL(kaltura_app_token_add(NULL, NULL, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "admin");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_app_token_get(NULL, "0_a", NULL, NULL));
  EXPECT_NULL(kaltura_app_token_update(NULL, "0_a", NULL, NULL, NULL));
  EXPECT_EQ(kaltura_app_token_delete(NULL, "0_a", NULL, NULL), 0);
  EXPECT_NULL(kaltura_app_token_list(NULL, NULL, 1, 1, NULL, NULL));
  EXPECT_NULL(kaltura_app_token_walk_new(NULL, NULL));
  EXPECT_NULL(kaltura_app_token_walk_next(NULL, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "walk");
  kaltura_error_free(error);
  kaltura_app_token_walk_free(NULL);
  kaltura_app_token_page_free(NULL);
  EXPECT_EQ(kaltura_app_token_page_count(NULL), 0);
  EXPECT_NULL(kaltura_app_token_page_token(NULL, 0));
  EXPECT_STR(kaltura_app_token_id(NULL), "");
  EXPECT_STR(kaltura_app_token_token(NULL), "");
  EXPECT_EQ(kaltura_app_token_get_hash_type(NULL), KALTURA_HASH_TYPE_AUTO);
  EXPECT_EQ(kaltura_app_token_session_duration_seconds(NULL), -1);
  kaltura_app_token_free(NULL);
  kaltura_app_token_fields_set_description(NULL, "x");
  kaltura_app_token_fields_set_expires_in_seconds(NULL, 1);
  kaltura_app_token_fields_free(NULL);
  kaltura_app_token_filter_set_status(NULL, 1);
  kaltura_app_token_filter_add_id(NULL, "x");
  kaltura_app_token_filter_free(NULL);
}

static void texts_that_are_not_utf8_are_told_by_the_call_that_takes_them(void) {
  kaltura_error *error;
  kaltura_options *options = kaltura_options_new(101, NULL, NULL);
  kaltura_admin *admin = kaltura_admin_new_with_secret(options, SECRET, NULL, &error);
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token_filter *filter = kaltura_app_token_filter_new();
  EXPECT_NOT_NULL(admin);
  kaltura_app_token_fields_set_description(fields, NOT_UTF8);
  EXPECT_NULL(kaltura_app_token_add(admin, fields, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "description");
  kaltura_error_free(error);
  kaltura_app_token_filter_set_session_user_id(filter, NOT_UTF8);
  EXPECT_NULL(kaltura_app_token_list(admin, filter, 30, 1, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "session_user_id");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_admin_new(options, "not a ks", &error));
  EXPECT_STR(kaltura_error_option(error), "ks");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_admin_new_with_secret(options, "a b", NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "secret");
  kaltura_error_free(error);
  kaltura_app_token_filter_free(filter);
  kaltura_app_token_fields_free(fields);
  kaltura_admin_free(admin);
  kaltura_options_free(options);
}

static void the_library_says_what_it_has(void) {
  EXPECT_EQ(kaltura_has_feature("ks-tools"), 1);
  EXPECT_EQ(kaltura_has_feature("admin"), 1);
  EXPECT_EQ(kaltura_has_feature("http"), KALTURA_FEATURE_HTTP);
  EXPECT_EQ(kaltura_has_feature("ks_tools"), 0);
}

static const test_case tests[] = {
    TEST(what_was_signed_is_read),
    TEST(without_a_secret_nothing_is_proven),
    TEST(each_way_to_be_bad_has_a_verdict),
    TEST(what_cannot_be_right_is_not_signed),
    TEST(what_cannot_be_read_is_refused),
    TEST(privileges_are_put_together_and_taken_apart),
    TEST(null_handles_are_answered),
    TEST(texts_that_are_not_utf8_are_told_by_the_call_that_takes_them),
    TEST(the_library_says_what_it_has),
};

int main(void) { return RUN_TESTS(tests); }
