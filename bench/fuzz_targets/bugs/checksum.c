/* A header with an Adler sum over what follows, and then a little language. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 8) return 0;
  uint32_t a = 1;
  uint32_t b = 0;
  for (size_t i = 4; i < size; i++) {
    a = (a + data[i]) % 65521;
    b = (b + a) % 65521;
  }
  uint32_t stored = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
  if (stored != (b << 16 | a)) return 0;
  if (data[4] == 'R' && data[5] == 'U' && data[6] == 'N' && data[7] == (uint8_t)size) __builtin_trap();
  return 0;
}
