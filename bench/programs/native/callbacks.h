/* The device of a native program: one task, one area. */

#ifndef CALLBACKS_H
#define CALLBACKS_H

#include <stdbool.h>
#include <stdint.h>

#define KCOV_MODE_DISABLED 0
#define KCOV_MODE_TRACE_PC 2
#define KCOV_MODE_TRACE_CMP 3

extern volatile int kcov_mode;
/* Word 0 counts the records. */
extern volatile uint64_t *kcov_area;
/* Words of the area. */
extern uint64_t kcov_size;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_cmp1(uint8_t arg1, uint8_t arg2);
void __sanitizer_cov_trace_cmp2(uint16_t arg1, uint16_t arg2);
void __sanitizer_cov_trace_cmp4(uint32_t arg1, uint32_t arg2);
void __sanitizer_cov_trace_cmp8(uint64_t arg1, uint64_t arg2);
void __sanitizer_cov_trace_const_cmp1(uint8_t arg1, uint8_t arg2);
void __sanitizer_cov_trace_const_cmp2(uint16_t arg1, uint16_t arg2);
void __sanitizer_cov_trace_const_cmp4(uint32_t arg1, uint32_t arg2);
void __sanitizer_cov_trace_const_cmp8(uint64_t arg1, uint64_t arg2);
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases);
void __sanitizer_cov_trace_cmpf(float arg1, float arg2);
void __sanitizer_cov_trace_cmpd(double arg1, double arg2);
void __sanitizer_cov_bool_flag_init(bool *start, bool *end);
void __sanitizer_cov_8bit_counters_init(const uint8_t *start, const uint8_t *end);

/* How many inline counters are not 0. */
uint64_t counters_hit(void);

#endif
