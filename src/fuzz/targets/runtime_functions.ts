/**
 * Functions that come with a toolchain, by their names. Every program has them, and nobody means to test them: an
 * engine that looks for new coverage in them fills its corpus with the branches of malloc.
 */

/** Patterns of names, by runtime. `*` matches any text, `?` any one character. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  "the C library": [
    ..."malloc free calloc realloc memalign aligned_alloc posix_memalign malloc_usable_size reallocarray".split(" "),
    ..."dlmalloc dlfree dlcalloc dlrealloc dlmemalign dlposix_memalign internal_memalign prepend_alloc".split(" "),
    ..."dispose_chunk try_init_allocator try_realloc_chunk sys_alloc tmalloc_small tmalloc_large sbrk".split(" "),
    ..."emmalloc_* emmalloc* claim_more_memory attempt_allocate allocate_memory".split(" "),
    ..."memcpy memmove memset memchr memrchr mempcpy memccpy memcmp bcmp bzero memmem".split(" "),
    ..."strlen strnlen strcpy stpcpy strncpy stpncpy strcat strncat strchr strchrnul strrchr strspn strcspn".split(" "),
    ..."strdup strndup strtok strtok_r strsep strpbrk strcmp strncmp strcasecmp strncasecmp strcoll strxfrm".split(" "),
    ..."strstr strcasestr twoway_strstr twobyte_strstr threebyte_strstr fourbyte_strstr strerror strerror_r".split(" "),
    ..."printf fprintf vfprintf snprintf vsnprintf sprintf vsprintf asprintf vasprintf vprintf dprintf".split(" "),
    ..."printf_core fmt_fp fmt_u pop_arg pad getint out sn_write __fwritex fwrite fputs fputs_unlocked".split(" "),
    ..."fputc putc puts putchar perror fflush fflush_unlocked fopen fclose fread fseek ftell fgets".split(" "),
    ..."sscanf vsscanf fscanf vfscanf __floatscan __intscan __shgetc __shlim scanexp decfloat hexfloat".split(" "),
    ..."strtol strtoul strtoll strtoull strtox* strtod strtof strtold atoi atol atoll atof".split(" "),
    ..."wcrtomb wctomb mbrtowc mbtowc mbsrtowcs wcslen wcscmp wmemcpy frexp frexpl scalbn scalbnl fmodl copysignl".split(
      " ",
    ),
    ..."qsort qsort_r smoothsort trinkle sift bsearch getenv __getenv abort exit _Exit _exit atexit".split(" "),
    ..."close read write lseek readv writev open openat fstat stat isatty dummy dummy_1 dummy_2".split(" "),
    ..."__stdio_* __stdout_* __ofl_* __lock* __unlock* __towrite* __toread* __overflow __uflow __lctrans*".split(" "),
    ..."__wasi_* __wasilibc_* __wasm_call_* __wasm_init_* __imported_wasi_* __main_void __funcs_on_exit".split(" "),
    ..."__cxa_* __errno_location __strerror_l __memrchr __strchrnul __stpcpy __stpncpy __expand_heap".split(" "),
    ..."__*tf? __*tf?f? __*ti? __*ti?f __float*tf __fix*tf* __extend*tf* __trunctf*".split(" "),
    ..."emscripten_* _emscripten_* __emscripten_* stackSave stackAlloc stackRestore legalstub$* dynCall_*".split(" "),
    ..."_initialize __original_libc*".split(" "),
  ],
  "the C++ library": [
    "std::__*::*",
    "operator new*",
    "operator delete*",
    "_ZNSt3__2*",
    "_ZNKSt3__2*",
    "_Znwm",
    "_ZdlPv*",
  ],
  "Rust's core, alloc and std": [
    ..."core::* alloc::* std::* <core::* <alloc::* <std::* compiler_builtins::* dlmalloc::* hashbrown::*".split(" "),
    ..."_ZN4core* _ZN5alloc* _ZN3std* _ZN8dlmalloc* _ZN17compiler_builtins* _RNvCs*_7___rustc*".split(" "),
    ..."__rust_* __rdl_* __rg_* rust_begin_unwind rust_panic rust_oom _RNv*4core* _RNv*5alloc* _RNv*3std*".split(" "),
  ],
  "Go's runtime": [
    ..."runtime.* runtime/* internal/* (*runtime.* syscall/js.* _rt0_* wasm_pc_f_loop* wasm_export_* gcWriteBarrier*".split(
      " ",
    ),
    ..."callRet memeqbody cmpbody memchr memhash* tinygo_* (*internal/* internal/task.*".split(" "),
  ],
  "AssemblyScript's ~lib": ["~lib/*"],
};

export interface RuntimeFunctions {
  /** Indices of the functions, as filter patterns. */
  readonly patterns: readonly string[];
  readonly count: number;
  /** The runtimes that they belong to. */
  readonly families: readonly string[];
}

/**
 * Finds the functions of known runtimes.
 *
 * @param names names of a module's functions by index; `kept`: names that are under test even if they match
 */
export function runtimeFunctions(names: ReadonlyMap<number, string>, kept: readonly string[]): RuntimeFunctions {
  const families = Object.entries(FAMILIES).map(([family, patterns]) => ({ family, all: expressionOf(patterns) }));
  const found = new Set<string>();
  const indices: number[] = [];
  for (const [index, name] of [...names].sort(([a], [b]) => a - b)) {
    // Optimisers name a clone after its function: memcpy.1.
    const plain = name.replace(/^\$/, "").replace(/\.\d+$/, "");
    const family = kept.includes(name) ? undefined : families.find(({ all }) => all.test(plain));
    if (family === undefined) continue;
    found.add(family.family);
    indices.push(index);
  }
  return { patterns: rangesOf(indices), count: indices.length, families: [...found] };
}

/** One expression for all patterns: large modules have tens of thousands of names. */
function expressionOf(patterns: readonly string[]): RegExp {
  const sources = patterns.map((pattern) =>
    pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", "."),
  );
  return new RegExp(`^(?:${sources.join("|")})$`, "s");
}

/** Turns indices in ascending order into ranges: "3", "7-12". */
function rangesOf(indices: readonly number[]): string[] {
  const ranges: string[] = [];
  for (let k = 0; k < indices.length; ) {
    let end = k;
    while (indices[end + 1] === (indices[end] as number) + 1) end++;
    ranges.push(end === k ? `${indices[k]}` : `${indices[k]}-${indices[end]}`);
    k = end + 1;
  }
  return ranges;
}
