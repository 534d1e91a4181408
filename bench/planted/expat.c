/* Expat: parses a document. */

#include <stddef.h>
#include <stdint.h>

#include "expat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  XML_Parser parser = XML_ParserCreate("UTF-8");
  if (parser == NULL) return 0;
  XML_SetHashSalt(parser, 1);
  XML_Parse(parser, (const char *)data, (int)size, 1);
  XML_ParserFree(parser);
  return 0;
}
