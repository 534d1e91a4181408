/* Runs the workload, and prints its value and all counters. Names are given on the command line (standalone/wasm2c.ts). */

#include <stdio.h>
#include <stdlib.h>
#include "program.h"

int main(int count, char **values) {
  static INSTANCE module;
  wasm_rt_init();
  INIT_MODULE();
  INSTANTIATE(&module);
  printf("%u\n", RUN(&module, atoi(values[1])));
  u32 length = *LENGTH(&module);
  for (u32 k = 0; k < length; k++) printf("%llu\n", (unsigned long long)COUNTER(&module, k));
  return 0;
}
