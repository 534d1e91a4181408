/** Which functions to instrument. */

import { checkOptions, type OptionKinds, STRING, STRINGS } from "../option_checks.ts";

/**
 * Functions by name or by index. A pattern is a name in which `*` stands for any characters, or an index or a range of
 * indices such as `12` or `10-20`, of the original module. A function is instrumented if it matches some pattern of
 * `include`, or there are none, and no pattern of `exclude`.
 */
export interface FunctionFilter {
  include?: readonly string[];
  exclude?: readonly string[];
  /** Text of a list in the format of clang's `-fsanitize-coverage-allowlist`; its `fun:` lines count. */
  allowlist?: string;
  /** Text of a list in the format of clang's `-fsanitize-coverage-ignorelist`. */
  ignorelist?: string;
  /**
   * Functions that are left out, of which comparisons and switches are traced all the same, where these are. For
   * functions like memcmp: what a program compares happens there.
   */
  comparisons?: readonly string[];
}

const FILTER_KINDS: OptionKinds<FunctionFilter> = {
  include: STRINGS,
  exclude: STRINGS,
  allowlist: STRING,
  ignorelist: STRING,
  comparisons: STRINGS,
};

/**
 * Checks a filter that is an option of `of`.
 *
 * @throws {TypeError}
 */
export function checkFilter(of: string, filter: FunctionFilter): void {
  checkOptions(`${of}: functions`, filter, FILTER_KINDS);
}

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
