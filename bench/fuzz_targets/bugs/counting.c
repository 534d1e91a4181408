/* The bug is in how often something comes: brackets that are deep, and closed again. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int depth = 0;
  int deepest = 0;
  for (size_t i = 0; i < size; i++) {
    if (data[i] == '{') depth++;
    else if (data[i] == '}') depth--;
    else return 0;
    if (depth < 0) return 0;
    if (depth > deepest) deepest = depth;
    if (deepest == 24 && depth == 3) __builtin_trap();
  }
  return 0;
}
