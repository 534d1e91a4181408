/* As little as a target can do: what an execution itself costs. */

#include <stddef.h>
#include <stdint.h>

static volatile int sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 3 && data[0] == 'F' && data[1] == 'U') sink = data[2];
  return 0;
}
