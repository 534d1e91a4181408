/* bzip2: a round trip with its smallest blocks. */

#include "round_trip.h"

#include <bzlib.h>

/* It asks the program for this where there is no standard output. */
void bz_internal_error(int code) {
  (void)code;
  abort();
}

static size_t compress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  unsigned int length = (unsigned int)room;
  int status = BZ2_bzBuffToBuffCompress((char *)to, &length, (char *)from, (unsigned int)size, 1, 0, 0);
  return status == BZ_OK ? length : 0;
}

static size_t decompress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  unsigned int length = (unsigned int)room;
  int status = BZ2_bzBuffToBuffDecompress((char *)to, &length, (char *)from, (unsigned int)size, 0, 0);
  return status == BZ_OK ? length : 0;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  return round_trip(data, size, compress, decompress);
}
