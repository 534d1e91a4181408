#include "cJSON.h"
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  static char text[1 << 16];
  size_t length = fread(text, 1, sizeof text - 1, stdin);
  text[length] = 0;
  cJSON *json = cJSON_Parse(text);
  if (!json) {
    puts("error");
    return 1;
  }
  char *printed = cJSON_Print(json);
  puts(printed);
  free(printed);
  cJSON_AddItemToObject(json, "added", cJSON_CreateNumber(cJSON_GetArraySize(cJSON_GetObjectItem(json, "values"))));
  cJSON_DeleteItemFromObject(json, "none");
  printed = cJSON_PrintUnformatted(json);
  puts(printed);
  free(printed);
  cJSON_Delete(json);
  return 0;
}
