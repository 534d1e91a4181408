/* setjmp for WebAssembly, which wasi-libc of this age does not have: see setjmp.c. */

#ifndef SETJMP_H
#define SETJMP_H

struct jump_target {
  /* Which call of setjmp it is: the address of a local of its function, and the number that LLVM gave the place. */
  void *invocation;
  unsigned label;
};

/* What is thrown. */
struct jump {
  void *target;
  int value;
};

struct jump_buffer {
  struct jump_target target;
  struct jump jump;
};

typedef struct jump_buffer jmp_buf[1];

int setjmp(jmp_buf buffer) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf buffer, int value);

#endif
