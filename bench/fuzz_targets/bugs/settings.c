/* Lines of an INI file: a section, and keywords in it that must come together. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int value_of(const char *line, const char *key, char *value, size_t room) {
  size_t length = strlen(key);
  if (strncmp(line, key, length) != 0 || line[length] != '=') return 0;
  strncpy(value, line + length + 1, room - 1);
  value[room - 1] = 0;
  return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char line[80];
  char value[32];
  int in_network = 0;
  int secure = 0;
  int retries = 0;
  size_t length = 0;
  for (size_t i = 0; i <= size; i++) {
    if (i < size && data[i] != '\n') {
      if (length < sizeof line - 1) line[length++] = (char)data[i];
      continue;
    }
    line[length] = 0;
    length = 0;
    if (line[0] == '[') in_network = strcmp(line, "[network]") == 0;
    else if (in_network && value_of(line, "secure", value, sizeof value)) secure = strcmp(value, "always") == 0;
    else if (in_network && value_of(line, "retries", value, sizeof value)) retries = atoi(value);
    if (in_network && secure && retries == 42) __builtin_trap();
  }
  return 0;
}
