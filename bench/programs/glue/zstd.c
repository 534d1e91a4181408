/* Zstandard: a round trip at its default level. */

#include "round_trip.h"

#include <zstd.h>

static size_t compress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  size_t length = ZSTD_compress(to, room, from, size, ZSTD_CLEVEL_DEFAULT);
  return ZSTD_isError(length) ? 0 : length;
}

static size_t decompress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  size_t length = ZSTD_decompress(to, room, from, size);
  return ZSTD_isError(length) ? 0 : length;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  return round_trip(data, size, compress, decompress);
}
