/* SQLite: runs a script of statements on a database in memory. */

#include "program.h"

#include <string.h>

#include "sqlite3.h"

/*
 * A system that can do nothing: a database in memory asks it for the time and for random numbers alone. The same for
 * every build, and the same at every run.
 */
static int no_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs, (void)name, (void)file, (void)flags, (void)out_flags;
  return SQLITE_CANTOPEN;
}

static int no_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_IOERR;
}

static int no_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)vfs, (void)name, (void)flags;
  *result = 0;
  return SQLITE_OK;
}

static int same_path(sqlite3_vfs *vfs, const char *name, int room, char *out) {
  (void)vfs;
  if (strlen(name) >= (size_t)room) return SQLITE_CANTOPEN;
  strcpy(out, name);
  return SQLITE_OK;
}

static int fixed_randomness(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  memset(out, 42, (size_t)size);
  return size;
}

static int no_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

static int fixed_time(sqlite3_vfs *vfs, double *days) {
  (void)vfs;
  *days = 2460000.5;
  return SQLITE_OK;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {
      .iVersion = 1,
      .szOsFile = sizeof(sqlite3_file),
      .mxPathname = 256,
      .zName = "none",
      .xOpen = no_open,
      .xDelete = no_delete,
      .xAccess = no_access,
      .xFullPathname = same_path,
      .xRandomness = fixed_randomness,
      .xSleep = no_sleep,
      .xCurrentTime = fixed_time,
  };
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

static uint32_t hash_row(uint32_t hash, sqlite3_stmt *statement) {
  for (int column = 0; column < sqlite3_column_count(statement); column++) {
    const void *text = sqlite3_column_text(statement, column);
    hash = hash_bytes(hash, text, (size_t)sqlite3_column_bytes(statement, column));
  }
  return hash;
}

uint32_t bench_run(const uint8_t *data, size_t size) {
  sqlite3 *database = NULL;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK) return 0;
  uint32_t hash = HASH_START;
  const char *rest = (const char *)data;
  const char *end = rest + size;
  while (rest < end) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, rest, (int)(end - rest), &statement, &rest) != SQLITE_OK) hash = 0;
    if (statement == NULL) break;
    while (sqlite3_step(statement) == SQLITE_ROW) hash = hash_row(hash, statement);
    if (sqlite3_finalize(statement) != SQLITE_OK) hash = 0;
    if (hash == 0) break;
  }
  sqlite3_close(database);
  return hash;
}
