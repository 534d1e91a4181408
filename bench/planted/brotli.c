/* Brotli: decompresses a stream into 64 KiB at most. */

#include <stddef.h>
#include <stdint.h>

#include "brotli/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static uint8_t output[1 << 16];
  size_t length = sizeof output;
  BrotliDecoderDecompress(size, data, &length, output);
  return 0;
}
