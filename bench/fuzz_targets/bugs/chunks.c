/* Chunks as PNG has them: length, type, data, CRC-32 of type and data. The bug is in the relation of two of them. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t crc32(const uint8_t *data, size_t size) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
  }
  return ~crc;
}

static uint32_t word(const uint8_t *data) {
  return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint32_t width = 0;
  size_t at = 0;
  while (size - at >= 12) {
    uint32_t length = word(data + at);
    if (length > size - at - 12) return 0;
    const uint8_t *type = data + at + 4;
    if (word(type + 4 + length) != crc32(type, length + 4)) return 0;
    if (memcmp(type, "HEAD", 4) == 0) {
      if (length != 4) return 0;
      width = word(type + 4);
    } else if (memcmp(type, "BODY", 4) == 0) {
      if (width != 0 && length == width + 2) __builtin_trap();
    }
    at += 12 + length;
  }
  return 0;
}
