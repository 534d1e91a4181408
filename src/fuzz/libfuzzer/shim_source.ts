/**
 * The C side of the adapter, which libFuzzer calls for each input. It is compiled together with libFuzzer into one
 * shared object, so that comparisons, of which an input may make thousands, are handed over without leaving C.
 *
 *     libFuzzer ── data, size ──▶ shim ── copies the input, calls back with its size ──▶ JavaScript ──▶ target
 *               ◀── comparisons ── shim ◀── verdict ───────────────────────────────────────┘
 *
 * libFuzzer tells comparisons apart by the return address of its hook. The shim has {@link CALL_SITES} calls of each
 * hook, and a hash of the record's pc selects one.
 */

/** Number of calls of each hook; more make the code larger, fewer mix up more comparisons. */
const CALL_SITES = 256;

/** What the callback returns. */
export const VERDICT = { ok: 0, rejected: 1, crash: 2, failure: 3 } as const;

export const SHIM_SOURCE: string = `
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *, size_t));
void __sanitizer_cov_trace_cmp1(uint8_t, uint8_t);
void __sanitizer_cov_trace_cmp2(uint16_t, uint16_t);
void __sanitizer_cov_trace_cmp4(uint32_t, uint32_t);
void __sanitizer_cov_trace_cmp8(uint64_t, uint64_t);

/* The argument of the empty asm keeps the compiler from folding the calls into one. */
#define CASE(n) case n: HOOK(a, b); __asm__ volatile("" ::"i"(n)); return;
${repeatedCases()}
#define TRACE(bytes, type) \\
  static void trace##bytes(uint32_t site, type a, type b) { switch (site) { CASES } }
#define HOOK __sanitizer_cov_trace_cmp1
TRACE(1, uint8_t)
#undef HOOK
#define HOOK __sanitizer_cov_trace_cmp2
TRACE(2, uint16_t)
#undef HOOK
#define HOOK __sanitizer_cov_trace_cmp4
TRACE(4, uint32_t)
#undef HOOK
#define HOOK __sanitizer_cov_trace_cmp8
TRACE(8, uint64_t)

static uint8_t *input;
static size_t capacity;
static const uint64_t *area;
static uint64_t area_words;
static int (*run_target)(size_t);
static void (*describe)(uint64_t, char *, size_t);

/* Records of mode KCOV_TRACE_CMP: type, arg1, arg2, pc. Types above 7 are no comparisons. */
static void hand_over(void) {
  uint64_t count = area[0];
  if (count > (area_words - 1) / 4) count = (area_words - 1) / 4;
  for (const uint64_t *record = area + 1, *end = record + 4 * count; record < end; record += 4) {
    uint32_t site = (uint32_t)((record[3] * 0x9e3779b97f4a7c15ull) >> 32) & ${CALL_SITES - 1};
    if (record[0] > 7) continue;
    switch (record[0] & 6) {
      case 0: trace1(site, record[1], record[2]); break;
      case 2: trace2(site, record[1], record[2]); break;
      case 4: trace4(site, record[1], record[2]); break;
      default: trace8(site, record[1], record[2]);
    }
  }
}

static int run(const uint8_t *data, size_t size) {
  if (size > capacity) size = capacity;
  memcpy(input, data, size);
  int verdict = run_target(size);
  if (verdict == ${VERDICT.failure}) _exit(1);
  if (verdict == ${VERDICT.crash}) abort();
  hand_over();
  return verdict == ${VERDICT.rejected} ? -1 : 0;
}

/* libFuzzer asks for the names of functions here, if it is there. */
void __sanitizer_symbolize_pc(void *pc, const char *format, char *out, size_t bytes) {
  (void)format;
  describe((uint64_t)(uintptr_t)pc, out, bytes);
}

int wasm_kcov_fuzz(int argc, char **argv, uint8_t *input_buffer, size_t input_bytes, const uint64_t *records,
                   uint64_t record_words, int (*target)(size_t), void (*name)(uint64_t, char *, size_t)) {
  input = input_buffer;
  capacity = input_bytes;
  area = records;
  area_words = record_words;
  run_target = target;
  describe = name;
  return LLVMFuzzerRunDriver(&argc, &argv, run);
}
`;

function repeatedCases(): string {
  const cases = Array.from({ length: CALL_SITES }, (_, site) => `CASE(${site})`);
  return `#define CASES ${cases.join(" ")}`;
}
