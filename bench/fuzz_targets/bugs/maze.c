/* A way through a maze, a step a byte. */

#include <stddef.h>
#include <stdint.h>

static const char MAZE[7][12] = {
  "+-+-----+--", "| |     |#|", "| | --+ | |", "| |   | | |", "| +-- | | |", "|     |   |", "+-----+---+",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int x = 1;
  int y = 1;
  for (size_t i = 0; i < size && i < 64; i++) {
    int old_x = x;
    int old_y = y;
    switch (data[i]) {
      case 'w': y--; break;
      case 's': y++; break;
      case 'a': x--; break;
      case 'd': x++; break;
      default: return 0;
    }
    if (MAZE[y][x] == '#') __builtin_trap();
    if (MAZE[y][x] != ' ') {
      x = old_x;
      y = old_y;
    }
  }
  return 0;
}
