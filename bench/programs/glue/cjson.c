/* cJSON: parses a document, walks it, prints it. */

#include "program.h"

#include <string.h>

#include "cJSON.h"

static uint32_t hash_items(uint32_t hash, const cJSON *item) {
  for (; item != NULL; item = item->next) {
    hash = hash_byte(hash, (uint8_t)item->type);
    if (item->string != NULL) hash = hash_word(hash, (uint32_t)item->string[0]);
    hash = hash_items(hash, item->child);
  }
  return hash;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  cJSON *document = cJSON_ParseWithLength((const char *)data, size);
  if (document == NULL) return 0;
  uint32_t hash = hash_items(HASH_START, document);
  char *text = cJSON_PrintUnformatted(document);
  if (text != NULL) hash = hash_word(hash, (uint32_t)strlen(text));
  cJSON_free(text);
  cJSON_Delete(document);
  return hash;
}
