/* Tag, length, value: the bug needs three tags in order and a length that fits a value. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t at = 0;
  uint32_t version = 0;
  uint32_t items = 0;
  while (at + 2 <= size) {
    uint8_t tag = data[at];
    uint8_t length = data[at + 1];
    at += 2;
    if (length > size - at) return 0;
    if (tag == 0x11 && length == 2) version = (uint32_t)data[at] << 8 | data[at + 1];
    if (tag == 0x22 && version == 0x0203) items += length;
    if (tag == 0x33 && items == 37 && length > 3) __builtin_trap();
    at += length;
  }
  return 0;
}
