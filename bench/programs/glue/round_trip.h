/* For libraries that compress: what was compressed is decompressed and compared. */

#ifndef ROUND_TRIP_H
#define ROUND_TRIP_H

#include <stdlib.h>
#include <string.h>

#include "program.h"

/* Returns how many bytes it wrote to `to`, which has room for `room`; 0 if it failed. */
typedef size_t transform(const uint8_t *from, size_t size, uint8_t *to, size_t room);

/* The hash of some bytes of what is compressed: hashing all of it would be most of the work. */
static uint32_t round_trip(const uint8_t *data, size_t size, transform *compress, transform *decompress) {
  size_t room = size + size / 8 + 4096;
  uint8_t *packed = malloc(room);
  uint8_t *unpacked = malloc(size);
  uint32_t hash = 0;
  if (packed != NULL && unpacked != NULL) {
    size_t length = compress(data, size, packed, room);
    if (length != 0 && decompress(packed, length, unpacked, size) == size && memcmp(data, unpacked, size) == 0) {
      hash = hash_word(HASH_START, (uint32_t)length);
      for (size_t i = 0; i < length; i += 64) hash = hash_byte(hash, packed[i]);
    }
  }
  free(unpacked);
  free(packed);
  return hash;
}

#endif
