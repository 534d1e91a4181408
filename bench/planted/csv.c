/* libcsv: parses a table, with room for short fields at first. */

#include <stddef.h>
#include <stdint.h>

#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct csv_parser parser;
  if (csv_init(&parser, 0) != 0) return 0;
  csv_set_blk_size(&parser, 16);
  csv_parse(&parser, data, size, NULL, NULL, NULL);
  csv_fini(&parser, NULL, NULL, NULL);
  csv_free(&parser);
  return 0;
}
