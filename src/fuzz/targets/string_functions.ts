/** Functions that compare bytes for whoever calls them. */

/**
 * Patterns of names. Where a target leaves a library out, comparisons in these are traced all the same: natively a
 * fuzzer would intercept them, and what a program expects at a place of its input is often known there only.
 */
export const STRING_FUNCTIONS: readonly string[] = [
  // C, with what C libraries call them inside.
  ...["memcmp", "bcmp", "strcmp", "strncmp", "strcasecmp", "strncasecmp"].flatMap((name) => [name, `__${name}`]),
  ...["memmem", "strstr", "strcasestr", "strcoll", "strnstr", "wcscmp", "wcsncmp", "wmemcmp"],
  // Rust.
  "*compiler_builtins*memcmp*",
  "*compiler_builtins*bcmp*",
  // AssemblyScript.
  "~lib/util/string/compareImpl",
  "~lib/memory/memory.compare",
  "~lib/util/memory/memcmp",
];
