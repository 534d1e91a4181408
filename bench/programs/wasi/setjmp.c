/*
 * What LLVM makes of setjmp and longjmp with -wasm-enable-sjlj: a function that calls setjmp catches a tag, and asks
 * whether the jump that it caught is to one of its own places.
 */

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* LLVM's number of the tag that its code catches: the value is the address of a struct jump. */
#define LONGJMP_TAG 1

void __wasm_setjmp(void *buffer, uint32_t label, void *invocation);
uint32_t __wasm_setjmp_test(void *buffer, void *invocation);
void __wasm_longjmp(void *buffer, int value);

void __wasm_setjmp(void *buffer, uint32_t label, void *invocation) {
  struct jump_buffer *target = buffer;
  target->target = (struct jump_target){.invocation = invocation, .label = label};
}

/* The number of the place, 0 if it is not in this call of the function. */
uint32_t __wasm_setjmp_test(void *buffer, void *invocation) {
  const struct jump_buffer *target = buffer;
  return target->target.invocation == invocation ? target->target.label : 0;
}

void __wasm_longjmp(void *buffer, int value) {
  struct jump_buffer *target = buffer;
  target->jump = (struct jump){.target = buffer, .value = value == 0 ? 1 : value};
  __builtin_wasm_throw(LONGJMP_TAG, &target->jump);
}
