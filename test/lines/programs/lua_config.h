/* WebAssembly has no setjmp without exceptions: errors end the program, and the script makes none. */
#ifndef LUA_CONFIG_H
#define LUA_CONFIG_H
#include <stdlib.h>
#define LUAI_THROW(L, c) abort()
#define LUAI_TRY(L, c, a) { a }
#define luai_jmpbuf int
#endif
