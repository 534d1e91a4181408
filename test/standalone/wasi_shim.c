/*
 * As much of WASI as a standalone module needs, for what wasm2c makes: one preopened directory, the environment of this
 * process, and its arguments. The names of what wasm2c makes differ between its versions: FUNCTION, HOST, INSTANCE and those of
 * the program's exports are defined on the command line.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "program.h"

#define CONCAT_(a, b) a##b
#define CONCAT(a, b) CONCAT_(a, b)
#define WASI(name) CONCAT(FUNCTION, name)

enum { SUCCESS = 0, BADF = 8, ACCES = 2, EXIST = 20, NOENT = 44, IO = 29 };
enum { ROOT = 3 };

static INSTANCE module;
static char **arguments;
static int argument_count;
static const char *root_name, *root_path;
extern char **environ;

static char *at(u32 address) { return (char *)MEMORY(&module)->data + address; }
static void put32(u32 address, u32 value) { memcpy(at(address), &value, 4); }
static u32 get32(u32 address) { u32 value; memcpy(&value, at(address), 4); return value; }
static u32 errno_of_wasi(void) { return errno == ENOENT ? NOENT : errno == EEXIST ? EXIST : errno == EACCES ? ACCES : IO; }

static u32 sizes(char **list, u32 count_at, u32 bytes_at) {
  u32 count = 0, bytes = 0;
  for (; list[count]; count++) bytes += strlen(list[count]) + 1;
  put32(count_at, count);
  put32(bytes_at, bytes);
  return SUCCESS;
}

u32 WASI(args_sizes_get)(struct HOST *host, u32 count, u32 bytes) { return sizes(arguments, count, bytes); }
u32 WASI(environ_sizes_get)(struct HOST *host, u32 count, u32 bytes) { return sizes(environ, count, bytes); }

u32 WASI(environ_get)(struct HOST *host, u32 pointers, u32 bytes) {
  for (u32 k = 0; environ[k]; k++) {
    put32(pointers + 4 * k, bytes);
    strcpy(at(bytes), environ[k]);
    bytes += strlen(environ[k]) + 1;
  }
  return SUCCESS;
}

u32 WASI(fd_prestat_get)(struct HOST *host, u32 fd, u32 prestat) {
  if (fd != ROOT) return BADF;
  put32(prestat, 0);
  put32(prestat + 4, strlen(root_name));
  return SUCCESS;
}

u32 WASI(fd_prestat_dir_name)(struct HOST *host, u32 fd, u32 name, u32 bytes) {
  if (fd != ROOT) return BADF;
  memcpy(at(name), root_name, bytes);
  return SUCCESS;
}

u32 WASI(path_open)(struct HOST *host, u32 fd, u32 lookup, u32 path, u32 bytes, u32 how, u64 rights, u64 inherited,
                    u32 flags, u32 result) {
  char full[8192];
  if (fd != ROOT || how != 5) return BADF;
  snprintf(full, sizeof full, "%s/%.*s", root_path, (int)bytes, at(path));
  int opened = open(full, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (opened < 0) return errno_of_wasi();
  put32(result, opened);
  return SUCCESS;
}

/* Never more than 1000 bytes at once: hosts may write less than they are given. */
u32 WASI(fd_write)(struct HOST *host, u32 fd, u32 vectors, u32 count, u32 written) {
  u32 bytes = get32(vectors + 4);
  ssize_t done = write(fd, at(get32(vectors)), bytes < 1000 ? bytes : 1000);
  if (count != 1 || done < 0) return IO;
  put32(written, done);
  return SUCCESS;
}

u32 WASI(fd_close)(struct HOST *host, u32 fd) { return close(fd) ? BADF : SUCCESS; }
u32 WASI(random_get)(struct HOST *host, u32 buffer, u32 bytes) { return getrandom(at(buffer), bytes, 0) < 0 ? IO : SUCCESS; }
void WASI(proc_exit)(struct HOST *host, u32 code) { exit(code); }

/* program GUEST=HOST arguments… */
int main(int count, char **values) {
  char *equals = strchr(values[1], '=');
  *equals = 0;
  root_name = values[1];
  root_path = equals + 1;
  arguments = values + 2;
  wasm_rt_init();
  INIT_MODULE();
  INSTANTIATE(&module, (struct HOST *)0);
  START(&module);
  return 0;
}
