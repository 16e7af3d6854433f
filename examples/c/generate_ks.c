// A KS from an app token, in one call.
#include <kaltura_session.h>
#include <stdio.h>

int main(void) {
  kaltura_error *error;
  char *ks = kaltura_generate_ks(NULL, 101, "0_ab12cd34", "00112233445566778899aabbccddeeff", NULL, &error);
  if (ks == NULL) {
    fprintf(stderr, "%s\n%s\n", kaltura_error_message(error), kaltura_error_hint(error));
    kaltura_error_free(error);
    return 1;
  }
  puts(ks);
  kaltura_free_string(ks);
  return 0;
}
