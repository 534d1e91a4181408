#include "expat.h"
#include <stdio.h>
#include <string.h>

struct seen {
  int elements, depth, deepest;
  long letters;
};

static void XMLCALL start(void *data, const XML_Char *name, const XML_Char **attributes) {
  struct seen *seen = data;
  seen->elements++;
  if (++seen->depth > seen->deepest)
    seen->deepest = seen->depth;
  for (int k = 0; attributes[k]; k += 2)
    printf("%s.%s=%s\n", name, attributes[k], attributes[k + 1]);
}

static void XMLCALL end(void *data, const XML_Char *name) {
  (void)name;
  ((struct seen *)data)->depth--;
}

static void XMLCALL text(void *data, const XML_Char *s, int length) {
  (void)s;
  ((struct seen *)data)->letters += length;
}

int main(void) {
  static char buffer[1 << 16];
  struct seen seen = {0};
  XML_Parser parser = XML_ParserCreate(NULL);
  if (!parser)
    return 2;
  XML_SetHashSalt(parser, 7);
  XML_SetUserData(parser, &seen);
  XML_SetElementHandler(parser, start, end);
  XML_SetCharacterDataHandler(parser, text);
  size_t length = fread(buffer, 1, sizeof buffer, stdin);
  enum XML_Status status = XML_Parse(parser, buffer, (int)length, 1);
  if (status != XML_STATUS_OK)
    printf("line %lu: %s\n", XML_GetCurrentLineNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)));
  printf("%d elements, %d deep, %ld letters\n", seen.elements, seen.deepest, seen.letters);
  XML_ParserFree(parser);
  return 0;
}
