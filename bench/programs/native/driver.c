/*
 * Runs a program natively, when it is told to:
 *
 *     driver INPUT off|pc|cmp AREA_WORDS
 *
 * Each line on standard input is a number of runs; the answer is a line of the nanoseconds that they took, the records
 * that they made, the hash of the last one's result, and the inline counters that are not 0.
 */

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "callbacks.h"
#include "program.h"

static uint64_t now_ns(void) {
  struct timespec time;
  /* Of the processor: what others do on the machine does not count. */
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(*size);
  if (data != NULL && fread(data, 1, *size, file) != *size) data = NULL;
  fclose(file);
  return data;
}

static int parse_mode(const char *name) {
  if (strcmp(name, "pc") == 0) return KCOV_MODE_TRACE_PC;
  return strcmp(name, "cmp") == 0 ? KCOV_MODE_TRACE_CMP : KCOV_MODE_DISABLED;
}

static void answer(const uint8_t *data, size_t size, unsigned long runs, int mode) {
  uint64_t records = 0;
  uint32_t result = 0;
  kcov_mode = mode;
  uint64_t start = now_ns();
  for (unsigned long run = 0; run < runs; run++) {
    kcov_area[0] = 0;
    result = bench_run(data, size);
    records += kcov_area[0];
  }
  uint64_t duration = now_ns() - start;
  kcov_mode = KCOV_MODE_DISABLED;
  printf("%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu64 "\n", duration, records, result, counters_hit());
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  /* Memory that was used once stays mapped, as a module's does. */
  mallopt(M_TRIM_THRESHOLD, 1 << 28);
  mallopt(M_MMAP_THRESHOLD, 1 << 28);
  size_t size = 0;
  uint8_t *data = read_file(argv[1], &size);
  kcov_size = strtoull(argv[3], NULL, 10);
  void *area = mmap(NULL, kcov_size * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == NULL || area == MAP_FAILED) return 1;
  kcov_area = area;
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) answer(data, size, strtoul(line, NULL, 10), parse_mode(argv[2]));
  return 0;
}
