/** Functions that compare bytes or read numbers on behalf of their callers. */

/**
 * Patterns of names. Comparisons in these functions are traced even where a target leaves their library out: natively a
 * fuzzer would intercept them, and what a program expects at some place of its input is often visible only there.
 */
export const STRING_FUNCTIONS: readonly string[] = [
  // C, including the names that C libraries use internally.
  ...["memcmp", "bcmp", "strcmp", "strncmp", "strcasecmp", "strncasecmp"].flatMap((name) => [name, `__${name}`]),
  ...["memmem", "strstr", "strcasestr", "strcoll", "strnstr", "wcscmp", "wcsncmp", "wmemcmp"],
  // Only these know whether there is a number where one is expected.
  ...["atoi", "atol", "atoll", "strtol", "strtoul", "strtoll", "strtoull", "strtox*", "__intscan"],
  // Rust.
  "*compiler_builtins*memcmp*",
  "*compiler_builtins*bcmp*",
  // AssemblyScript.
  "~lib/util/string/compareImpl",
  "~lib/memory/memory.compare",
  "~lib/util/memory/memcmp",
];
