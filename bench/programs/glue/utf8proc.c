/* utf8proc: normalises and folds a text. */

#include <stdlib.h>

#include "program.h"

#include "utf8proc.h"

uint32_t bench_run(const uint8_t *data, size_t size) {
  static const utf8proc_option_t OPTIONS[] = {
      UTF8PROC_STABLE | UTF8PROC_COMPOSE,
      UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD,
  };
  uint32_t hash = HASH_START;
  for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t length = utf8proc_map(data, (utf8proc_ssize_t)size, &mapped, OPTIONS[i]);
    if (length < 0) return 0;
    for (utf8proc_ssize_t k = 0; k < length; k += 16) hash = hash_byte(hash, mapped[k]);
    free(mapped);
  }
  return hash;
}
