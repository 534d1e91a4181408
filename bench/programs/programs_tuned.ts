/** The programs that the pass was tuned with. */

import type { Program } from "./programs.ts";

/** Those that the claims have been about since the beginning: what is done for speed was measured on them. */
export const TUNED: readonly Program[] = [
  { name: "cjson", package: "cjson", sources: ["cJSON.c"], includes: ["."], defines: [] },
  {
    name: "expat",
    package: "expat",
    sources: ["expat/lib/xmlparse.c", "expat/lib/xmlrole.c", "expat/lib/xmltok.c"],
    includes: ["expat/lib"],
    defines: [],
  },
  { name: "brotli", package: "brotli", sources: ["c/common", "c/dec"], includes: ["c/include"], defines: [] },
  {
    name: "lua",
    package: "lua5.4",
    sources: ["src"],
    without: [
      "src/lua.c",
      "src/luac.c",
      "src/linit.c",
      "src/liolib.c",
      "src/loslib.c",
      "src/loadlib.c",
      "src/ldblib.c",
    ],
    includes: ["src"],
    // The seed of hashes, and what sorting does with bad luck, depend on the time of day otherwise.
    defines: ["luai_makeseed(L)=0", "l_randomizePivot()=0"],
    setjmp: true,
  },
  {
    name: "sqlite",
    package: "sqlite3",
    prepare: [
      ["../configure", "--disable-tcl", "--disable-readline"],
      ["make", "sqlite3.c"],
    ],
    sources: ["build/sqlite3.c"],
    includes: ["build"],
    defines: ["SQLITE_OS_OTHER=1", "SQLITE_THREADSAFE=0", "SQLITE_OMIT_LOAD_EXTENSION=1", "SQLITE_DEFAULT_MEMSTATUS=0"],
  },
];
