/* XZ: a round trip with the preset 1. */

#include "round_trip.h"

#include <lzma.h>

static size_t compress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  size_t length = 0;
  lzma_ret status = lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, from, size, to, &length, room);
  return status == LZMA_OK ? length : 0;
}

static size_t decompress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  uint64_t memory = UINT64_MAX;
  size_t read = 0;
  size_t length = 0;
  lzma_ret status = lzma_stream_buffer_decode(&memory, 0, NULL, from, &read, size, to, &length, room);
  return status == LZMA_OK ? length : 0;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  return round_trip(data, size, compress, decompress);
}
