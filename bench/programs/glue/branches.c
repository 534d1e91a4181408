/*
 * A loop of little more than branches, which a processor predicts: what an event costs shows here. The same loop as
 * bench/programs/branches.wat. The input is the number of iterations, an unsigned integer of 32 bits.
 */

#include "program.h"

#include <string.h>

uint32_t bench_run(const uint8_t *data, size_t size) {
  /* Without volatile, compilers make arithmetic of the branches. */
  static volatile uint32_t words[6];
  uint32_t iterations = 0;
  if (size != sizeof iterations) return 0;
  memcpy(&iterations, data, sizeof iterations);
  for (int i = 0; i < 6; i++) words[i] = 0;
  for (uint32_t i = iterations; i != 0; i--) {
    uint32_t low = i & 31;
    if (low < 16) words[0] += i;
    if (low > 7) {
      words[1] ^= i;
    } else {
      words[2] += 3;
    }
    if ((i & 3) == 3) {
      words[3] -= i;
    } else if ((i & 3) == 1) {
      words[4] += 5;
    }
    if ((i & 5) != 0) words[5] ^= low;
  }
  uint32_t hash = HASH_START;
  for (int i = 0; i < 6; i++) hash = hash_word(hash, words[i]);
  return hash;
}
