/* Brotli: decodes a stream. */

#include "program.h"

#include <brotli/decode.h>

#define BLOCK_BYTES 65536

uint32_t bench_run(const uint8_t *data, size_t size) {
  static uint8_t block[BLOCK_BYTES];
  BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
  if (state == NULL) return 0;
  uint32_t hash = HASH_START;
  BrotliDecoderResult result;
  do {
    uint8_t *out = block;
    size_t room = sizeof block;
    result = BrotliDecoderDecompressStream(state, &size, &data, &room, &out, NULL);
    /* Hashing all of it would be most of the work. */
    for (size_t i = 0; i < sizeof block - room; i += 64) hash = hash_byte(hash, block[i]);
  } while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
  BrotliDecoderDestroyInstance(state);
  return result == BROTLI_DECODER_RESULT_SUCCESS ? hash : 0;
}
