/* libpng: decodes an image to rows of four channels. */

#include <stdlib.h>
#include <string.h>

#include "program.h"

#include <png.h>

uint32_t bench_run(const uint8_t *data, size_t size) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, data, size)) return 0;
  image.format = PNG_FORMAT_RGBA;
  size_t bytes = PNG_IMAGE_SIZE(image);
  uint8_t *pixels = malloc(bytes);
  uint32_t hash = 0;
  if (pixels != NULL && png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
    hash = HASH_START;
    for (size_t i = 0; i < bytes; i += 64) hash = hash_byte(hash, pixels[i]);
  }
  free(pixels);
  png_image_free(&image);
  return hash;
}
