/* What a module exports, beside bench_run and malloc: the entry point of libFuzzer. */

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bench_run(data, size);
  return 0;
}
