/** Which functions to instrument. */

import { checkOptions, type OptionKinds, STRING, STRINGS } from "../option_checks.ts";
import { parseSpecialCaseList } from "./special_case_list.ts";

/**
 * Functions by name or by index. A pattern is a name in which `*` stands for any characters, or an index or a range of
 * indices such as `12` or `10-20`, of the original module; `*` alone matches functions without a name, too. A function is instrumented if it matches some pattern of
 * `include`, or there are none, and no pattern of `exclude`.
 */
export interface FunctionFilter {
  /** Patterns of functions to instrument; none: all. */
  include?: readonly string[];
  /** Patterns of functions to leave out. */
  exclude?: readonly string[];
  /** Text of a list in the format of clang's `-fsanitize-coverage-allowlist` (special_case_list.ts). */
  allowlist?: string;
  /** Text of a list in the format of clang's `-fsanitize-coverage-ignorelist`. */
  ignorelist?: string;
  /**
   * Functions that are left out, but whose comparisons and switches are traced if these are traced at all. For
   * functions like memcmp, in which the comparisons of a program happen.
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
  new FunctionChoice(filter);
}

/**
 * Decides on a function by its index and its names: that of the name section and those under which it is exported. A
 * function without any has the empty name, which `*` matches.
 */
export type FunctionPredicate = (index: number, names: readonly string[]) => boolean;

/** How much of a function is instrumented. */
export type Extent = "all" | "comparisons" | "none";

/** A filter's patterns and lists, each of which may leave a function out. */
export class FunctionChoice {
  /** Each of them allows some functions. */
  readonly #allowed: readonly PatternList[];
  readonly #ignored: readonly PatternList[];
  readonly #compared: PatternList;

  /** @throws {TypeError} a list is not in clang's format */
  constructor({ include = [], exclude = [], allowlist, ignorelist, comparisons = [] }: FunctionFilter) {
    this.#allowed = [
      ...(include.length > 0 ? [patternsOf(include)] : []),
      // A list without any function allows none.
      ...(allowlist === undefined ? [] : [listOf("allowlist", allowlist)]),
    ];
    this.#ignored = [patternsOf(exclude), ...(ignorelist === undefined ? [] : [listOf("ignorelist", ignorelist)])];
    this.#compared = patternsOf(comparisons);
  }

  extentOf(index: number, names: readonly string[]): Extent {
    // Every list is consulted, so that each knows which of its patterns match nothing.
    const isAllowed = this.#allowed.filter((list) => !list.matches(index, names)).length === 0;
    const isIgnored = this.#ignored.filter((list) => list.matches(index, names)).length > 0;
    if (isAllowed && !isIgnored) return "all";
    return this.#compared.matches(index, names) ? "comparisons" : "none";
  }

  /** The patterns, except those for comparisons, that have matched no function so far. */
  unmatched(): string[] {
    return [...this.#allowed, ...this.#ignored].flatMap((list) => list.unmatched());
  }
}

/** The names of a function that has none. */
const NAMELESS: readonly string[] = [""];

/** A list of patterns, and which of them have matched anything. */
class PatternList {
  readonly #patterns: readonly { readonly text: string; readonly matches: FunctionPredicate }[];
  readonly #matched = new Set<string>();

  constructor(patterns: readonly { readonly text: string; readonly matches: FunctionPredicate }[]) {
    this.#patterns = patterns;
  }

  /** Whether one of them matches a function. */
  matches(index: number, names: readonly string[]): boolean {
    const known = names.length > 0 ? names : NAMELESS;
    let isMatched = false;
    for (const { text, matches } of this.#patterns) {
      if ((isMatched && this.#matched.has(text)) || !matches(index, known)) continue;
      this.#matched.add(text);
      isMatched = true;
    }
    return isMatched;
  }

  unmatched(): string[] {
    return this.#patterns.map(({ text }) => text).filter((text) => !this.#matched.has(text));
  }
}

function patternsOf(patterns: readonly string[]): PatternList {
  return new PatternList(patterns.map((text) => ({ text, matches: patternMatcher(text) })));
}

function listOf(option: string, list: string): PatternList {
  try {
    const entries = parseSpecialCaseList(list);
    return new PatternList(
      entries.map(({ text, pattern }) => ({ text, matches: (_, names) => names.some((name) => pattern.test(name)) })),
    );
  } catch (error) {
    throw new TypeError(`${option}: ${(error as Error).message}`);
  }
}

/** A predicate for functions that match one of the patterns (see {@link FunctionFilter}). */
export function matcher(patterns: readonly string[]): FunctionPredicate {
  const list = patternsOf(patterns);
  return (index, names) => list.matches(index, names);
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
