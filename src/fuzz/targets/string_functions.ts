/** Functions that compare bytes or read numbers on behalf of their callers. */

/**
 * Patterns of names. Where a target leaves a library out, comparisons in these are traced all the same: natively a
 * fuzzer would intercept them, and what a program expects at a place of its input is often known there only.
 */
export const STRING_FUNCTIONS: readonly string[] = [
  // C, with what C libraries call them inside.
  ...["memcmp", "bcmp", "strcmp", "strncmp", "strcasecmp", "strncasecmp"].flatMap((name) => [name, `__${name}`]),
  ...["memmem", "strstr", "strcasestr", "strcoll", "strnstr", "wcscmp", "wcsncmp", "wmemcmp"],
  // Whether there is a number where one is expected, only these know.
  ...["atoi", "atol", "atoll", "strtol", "strtoul", "strtoll", "strtoull", "strtox*", "__intscan"],
  // Rust.
  "*compiler_builtins*memcmp*",
  "*compiler_builtins*bcmp*",
  // AssemblyScript.
  "~lib/util/string/compareImpl",
  "~lib/memory/memory.compare",
  "~lib/util/memory/memcmp",
];
