/*
 * The other side of -fsanitize-coverage: what kernel/kcov.c does with an event, in user space. Compiled on its own and
 * without instrumentation, as the kernel compiles it.
 */

#include "callbacks.h"

#include <stddef.h>

volatile int kcov_mode;
volatile uint64_t *kcov_area;
uint64_t kcov_size;

/* The mode is one word of a task that another thread may change: it is read anew at each event. */
static inline int records(int wanted) { return kcov_mode == wanted; }

void __sanitizer_cov_trace_pc(void) {
  if (!records(KCOV_MODE_TRACE_PC)) return;
  volatile uint64_t *area = kcov_area;
  uint64_t pos = area[0] + 1;
  if (pos < kcov_size) {
    area[pos] = (uintptr_t)__builtin_return_address(0);
    area[0] = pos;
  }
}

static inline void write_comparison(uint64_t type, uint64_t arg1, uint64_t arg2, uint64_t pc) {
  if (!records(KCOV_MODE_TRACE_CMP)) return;
  volatile uint64_t *area = kcov_area;
  uint64_t count = area[0];
  uint64_t start = 1 + count * 4;
  if (start + 4 <= kcov_size) {
    area[start] = type;
    area[start + 1] = arg1;
    area[start + 2] = arg2;
    area[start + 3] = pc;
    area[0] = count + 1;
  }
}

#define COMPARISON(name, type, operand)                                                  \
  void __sanitizer_cov_trace_##name(operand arg1, operand arg2) {                        \
    write_comparison(type, arg1, arg2, (uintptr_t)__builtin_return_address(0));          \
  }
COMPARISON(cmp1, 0, uint8_t)
COMPARISON(cmp2, 2, uint16_t)
COMPARISON(cmp4, 4, uint32_t)
COMPARISON(cmp8, 6, uint64_t)
COMPARISON(const_cmp1, 1, uint8_t)
COMPARISON(const_cmp2, 3, uint16_t)
COMPARISON(const_cmp4, 5, uint32_t)
COMPARISON(const_cmp8, 7, uint64_t)

/* Switches are left out on both sides: one is many records, and the compilers lower them differently. */
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases) { (void)value, (void)cases; }

/* gcc's trace-cmp also knows floating-point numbers; kcov does not. */
void __sanitizer_cov_trace_cmpf(float arg1, float arg2) { (void)arg1, (void)arg2; }
void __sanitizer_cov_trace_cmpd(double arg1, double arg2) { (void)arg1, (void)arg2; }

static const uint8_t *counters_start;
static const uint8_t *counters_end;

void __sanitizer_cov_bool_flag_init(bool *start, bool *end) { (void)start, (void)end; }

void __sanitizer_cov_8bit_counters_init(const uint8_t *start, const uint8_t *end) {
  counters_start = start;
  counters_end = end;
}

uint64_t counters_hit(void) {
  uint64_t hit = 0;
  for (const uint8_t *counter = counters_start; counter < counters_end; counter++) hit += *counter != 0;
  return hit;
}
