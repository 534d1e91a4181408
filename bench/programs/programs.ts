/** The C programs of the benchmarks: what each is built from. */

/** How a C program is built. */
export interface Program {
  readonly name: string;
  /** Debian's source package; undefined for a program that is all in `glue/`. */
  readonly package?: string;
  /** C files of the unpacked package. Directories stand for all C files in them. */
  readonly sources: readonly string[];
  /** Directories with headers in the unpacked package. */
  readonly includes: readonly string[];
  readonly defines: readonly string[];
  /** C files that are not part of the program: they have a `main` of their own. */
  readonly without?: readonly string[];
  /** Commands that make some of the sources, run in a directory `build` of the unpacked package. */
  readonly prepare?: readonly (readonly string[])[];
  /** It uses setjmp, which needs exception handling in WebAssembly. */
  readonly setjmp?: boolean;
}

/** The programs that the claims are about. */
export const PROGRAMS: readonly Program[] = [
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

/** The loop that shows what one event costs; in WebAssembly it is branches.wat. */
export const LOOP: Program = { name: "branches", sources: [], includes: [], defines: [] };

/** How a native program is compiled. */
export interface NativeVariant {
  readonly name: NativeVariantName;
  readonly compiler: "clang-19" | "gcc";
  /** Flags for the program alone: what is called by instrumented code is compiled without. */
  readonly flags: readonly string[];
}

export type NativeVariantName =
  | "clang"
  | "clang trace-pc"
  | "clang trace-cmp"
  | "clang counters"
  | "gcc"
  | "gcc trace-pc"
  | "gcc trace-cmp";

export const NATIVE_VARIANTS: readonly NativeVariant[] = [
  { name: "clang", compiler: "clang-19", flags: [] },
  { name: "clang trace-pc", compiler: "clang-19", flags: ["-fsanitize-coverage=trace-pc"] },
  // Clang traces no comparisons alone: the least that goes with them is the store of a flag in each function.
  { name: "clang trace-cmp", compiler: "clang-19", flags: ["-fsanitize-coverage=func,inline-bool-flag,trace-cmp"] },
  { name: "clang counters", compiler: "clang-19", flags: ["-fsanitize-coverage=inline-8bit-counters"] },
  { name: "gcc", compiler: "gcc", flags: [] },
  { name: "gcc trace-pc", compiler: "gcc", flags: ["-fsanitize-coverage=trace-pc"] },
  { name: "gcc trace-cmp", compiler: "gcc", flags: ["-fsanitize-coverage=trace-cmp"] },
];
