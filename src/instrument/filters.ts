/** Which functions to instrument. */

import type { FunctionFilter } from "./options.ts";

/** Decides on a function by its index and its names: that of the name section and those that it is exported under. */
export type FunctionPredicate = (index: number, names: readonly string[]) => boolean;

/** How much of a function is instrumented, by the same. */
export type FunctionChoice = (index: number, names: readonly string[]) => "all" | "comparisons" | "none";

/** What a filter says: patterns and lists together, each of which may leave a function out. */
export function functionChoice(filter: FunctionFilter): FunctionChoice {
  const isWanted = functionPredicate(filter);
  const isCompared = matcher(filter.comparisons ?? []);
  return (index, names) => (isWanted(index, names) ? "all" : isCompared(index, names) ? "comparisons" : "none");
}

function functionPredicate(filter: FunctionFilter): FunctionPredicate {
  const allowed = [filter.include, listPatterns(filter.allowlist)].flatMap((patterns) =>
    patterns && patterns.length > 0 ? [matcher(patterns)] : [],
  );
  const ignored = matcher([...(filter.exclude ?? []), ...(listPatterns(filter.ignorelist) ?? [])]);
  return (index, names) => allowed.every((matches) => matches(index, names)) && !ignored(index, names);
}

/**
 * The patterns of the `fun:` lines of a list in the format of clang's `-fsanitize-coverage-allowlist` and
 * `-ignorelist`: one entry a line, `#` begins a comment. Entries for source files and the like do not apply to a binary.
 */
function listPatterns(list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined;
  const patterns = list.split(/\r?\n/).flatMap((line) => /^\s*fun:([^=\s]+)/.exec(line)?.[1] ?? []);
  // An allowlist without any function allows none.
  return patterns.length > 0 ? patterns : [""];
}

/** Whether one of the patterns (of {@link FunctionFilter}) is a function's. */
export function matcher(patterns: readonly string[]): FunctionPredicate {
  const matches = patterns.map(patternMatcher);
  return (index, names) => matches.some((each) => each(index, names));
}

function patternMatcher(pattern: string): FunctionPredicate {
  const range = /^(\d+)(?:-(\d+))?$/.exec(pattern);
  if (range) {
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
    return (index) => index >= first && index <= last;
  }
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (_index, names) => names.some((name) => expression.test(name));
}
