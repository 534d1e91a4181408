/* LibYAML: parses a document, event by event. */

#include "program.h"

#include <yaml.h>

uint32_t bench_run(const uint8_t *data, size_t size) {
  uint32_t hash = HASH_START;
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return 0;
  yaml_parser_set_input_string(&parser, data, size);
  for (int done = 0; !done;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      hash = 0;
      break;
    }
    hash = hash_byte(hash, (uint8_t)event.type);
    if (event.type == YAML_SCALAR_EVENT) hash = hash_word(hash, (uint32_t)event.data.scalar.length);
    done = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  return hash;
}
