/* What the glue of every program offers. */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Works through one input. Returns a hash of all that came out of it, so that nothing can be optimised away and the
 * builds of a program can be compared. A call leaves nothing behind: the next one does the same.
 */
uint32_t bench_run(const uint8_t *data, size_t size);

/* FNV-1a. */
#define HASH_START 2166136261u

static inline uint32_t hash_byte(uint32_t hash, uint8_t byte) {
  return (hash ^ byte) * 16777619u;
}

static inline uint32_t hash_bytes(uint32_t hash, const void *data, size_t size) {
  const uint8_t *bytes = (const uint8_t *)data;
  for (size_t i = 0; i < size; i++) hash = hash_byte(hash, bytes[i]);
  return hash;
}

static inline uint32_t hash_word(uint32_t hash, uint32_t word) {
  for (int i = 0; i < 4; i++) hash = hash_byte(hash, (uint8_t)(word >> (8 * i)));
  return hash;
}

#endif
