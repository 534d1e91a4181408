#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include <stdio.h>

int main(void) {
  static char text[1 << 16];
  size_t length = fread(text, 1, sizeof text, stdin);
  lua_State *L = luaL_newstate();
  if (!L)
    return 2;
  luaL_requiref(L, "_G", luaopen_base, 1);
  luaL_requiref(L, "string", luaopen_string, 1);
  luaL_requiref(L, "table", luaopen_table, 1);
  luaL_requiref(L, "math", luaopen_math, 1);
  lua_settop(L, 0);
  if (luaL_loadbuffer(L, text, length, "input") != LUA_OK) {
    puts(lua_tostring(L, -1));
    return 1;
  }
  lua_call(L, 0, 0);
  lua_close(L);
  return 0;
}
