/* Numbers of eight, four and two bytes, in both byte orders. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t long_word;
  uint32_t word;
  if (size < 16) return 0;
  memcpy(&long_word, data, 8);
  memcpy(&word, data + 8, 4);
  if (long_word != 0x1badb002deadbeefull) return 0;
  if (__builtin_bswap32(word) != 0xfeedfaceu) return 0;
  if ((data[12] << 8 | data[13]) == 0x4d5a) __builtin_trap();
  return 0;
}
