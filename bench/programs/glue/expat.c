/* Expat: parses a document with handlers for all that is in it. */

#include "program.h"

#include "expat.h"

static void on_start(void *hash, const XML_Char *name, const XML_Char **attributes) {
  uint32_t *value = hash;
  *value = hash_byte(*value, (uint8_t)name[0]);
  for (; *attributes != NULL; attributes++) *value = hash_byte(*value, (uint8_t)(*attributes)[0]);
}

static void on_end(void *hash, const XML_Char *name) {
  uint32_t *value = hash;
  *value = hash_byte(*value, (uint8_t)name[0]);
}

static void on_text(void *hash, const XML_Char *text, int length) {
  uint32_t *value = hash;
  *value = hash_word(*value, (uint32_t)length ^ (uint32_t)text[0]);
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  uint32_t hash = HASH_START;
  XML_Parser parser = XML_ParserCreate(NULL);
  if (parser == NULL) return 0;
  /* A salt of its own: with a random one the hash tables differ from run to run. */
  XML_SetHashSalt(parser, 1);
  XML_SetUserData(parser, &hash);
  XML_SetElementHandler(parser, on_start, on_end);
  XML_SetCharacterDataHandler(parser, on_text);
  enum XML_Status status = XML_Parse(parser, (const char *)data, (int)size, 1);
  XML_ParserFree(parser);
  return status == XML_STATUS_OK ? hash : 0;
}
