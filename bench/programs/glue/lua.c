/* Lua: compiles and runs a program, whose result is a string. */

#include "program.h"

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static const luaL_Reg LIBRARIES[] = {
    {LUA_GNAME, luaopen_base},         {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
    {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},     {NULL, NULL},
};

uint32_t bench_run(const uint8_t *data, size_t size) {
  lua_State *state = luaL_newstate();
  if (state == NULL) return 0;
  for (const luaL_Reg *library = LIBRARIES; library->func != NULL; library++) {
    luaL_requiref(state, library->name, library->func, 1);
    lua_pop(state, 1);
  }
  uint32_t hash = 0;
  if (luaL_loadbufferx(state, (const char *)data, size, "input", "t") == LUA_OK &&
      lua_pcall(state, 0, 1, 0) == LUA_OK) {
    size_t length = 0;
    const char *text = lua_tolstring(state, -1, &length);
    hash = hash_bytes(HASH_START, text, text == NULL ? 0 : length);
  }
  lua_close(state);
  return hash;
}
