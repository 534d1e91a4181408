/* LZ4: a round trip in its frame format. */

#include "round_trip.h"

#include <lz4frame.h>

static size_t compress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  size_t length = LZ4F_compressFrame(to, room, from, size, NULL);
  return LZ4F_isError(length) ? 0 : length;
}

static size_t decompress(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  LZ4F_dctx *context;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return 0;
  size_t left = LZ4F_decompress(context, to, &room, from, &size, NULL);
  LZ4F_freeDecompressionContext(context);
  return left == 0 ? room : 0;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  return round_trip(data, size, compress, decompress);
}
