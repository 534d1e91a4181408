/* Commands in one order, each with its condition: compilers make arithmetic and `select` of this. */

#include <stddef.h>
#include <stdint.h>

enum { CLOSED, HELLO, KEYED, JOINED, SENT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int state = CLOSED;
  uint8_t nonce = 0;
  for (size_t i = 0; i + 1 < size; i += 2) {
    uint8_t argument = data[i + 1];
    switch (data[i]) {
      case 'h':
        state = state == CLOSED ? HELLO : CLOSED;
        nonce = argument;
        break;
      case 'k':
        state = state == HELLO && argument == (uint8_t)(nonce + 0x31) ? KEYED : CLOSED;
        break;
      case 'j':
        state = state == KEYED && argument > 0xe0 ? JOINED : CLOSED;
        break;
      case 's':
        state = state == JOINED ? SENT : CLOSED;
        break;
      case 'q':
        if (state == SENT) __builtin_trap();
        break;
      default:
        return 0;
    }
  }
  return 0;
}
