/* zlib: a round trip at its default level. */

#include "round_trip.h"

#include <zlib.h>

static size_t pack(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  uLongf length = room;
  return compress(to, &length, from, size) == Z_OK ? length : 0;
}

static size_t unpack(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  uLongf length = room;
  return uncompress(to, &length, from, size) == Z_OK ? length : 0;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  return round_trip(data, size, pack, unpack);
}
