/* A bytecode machine: the bug is a product and a sum away. Comparisons have to come closer step by step. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint32_t stack[16];
  int depth = 0;
  for (size_t i = 0; i < size; i++) {
    switch (data[i]) {
      case 1:
        if (i + 1 >= size || depth >= 16) return 0;
        stack[depth++] = data[++i];
        break;
      case 2:
        if (depth < 1 || depth >= 16) return 0;
        stack[depth] = stack[depth - 1];
        depth++;
        break;
      case 3:
        if (depth < 2) return 0;
        depth--;
        stack[depth - 1] *= stack[depth];
        break;
      case 4:
        if (depth < 2) return 0;
        depth--;
        stack[depth - 1] += stack[depth];
        break;
      case 5:
        if (depth < 1) return 0;
        if (stack[depth - 1] == 46657u) __builtin_trap();
        break;
      default:
        return 0;
    }
  }
  return 0;
}
