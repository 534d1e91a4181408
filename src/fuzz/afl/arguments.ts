/** Parses afl-fuzz's command line, as far as is needed to find the target in it. */

/** Options of afl-fuzz, versions 3 to 5, that take a value. Case matters. */
const WITH_VALUE = "aBbcEeFfGgIiLlMmoPpSsTtVwx";

/** A command line, taken apart. */
export interface AflArguments {
  /** The arguments before the target, which are afl-fuzz's. */
  readonly fuzzer: readonly string[];
  readonly target: string;
  /** The arguments after it, which are the target's. */
  readonly rest: readonly string[];
}

/** @returns undefined if there is no target */
export function splitArguments(args: readonly string[]): AflArguments | undefined {
  let at = 0;
  while (at < args.length && args[at] !== "--" && args[at]?.startsWith("-")) at += valueFollows(args[at] ?? "") ? 2 : 1;
  const fuzzer = args.slice(0, at);
  const [target, ...behind] = args.slice(args[at] === "--" ? at + 1 : at);
  if (target === undefined) return undefined;
  return { fuzzer, target, rest: behind[0] === "--" ? behind.slice(1) : behind };
}

/** The value of an option, in an argument of its own or right after the letter; the last occurrence counts. */
export function optionValue(args: readonly string[], letter: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const option = lastOptionOf(arg);
    if (option === letter) value = valueFollows(arg) ? args[at + 1] : arg.slice(arg.indexOf(letter, 1) + 1);
    if (valueFollows(arg)) at++;
  }
  return value;
}

/** Handles `-nQi` and the like: letters without a value may come before one that takes one. */
function lastOptionOf(arg: string): string | undefined {
  if (!/^-[^-]/.test(arg)) return undefined;
  return [...arg.slice(1)].find((letter) => WITH_VALUE.includes(letter)) ?? arg.at(-1);
}

function valueFollows(arg: string): boolean {
  const letter = lastOptionOf(arg);
  return letter !== undefined && WITH_VALUE.includes(letter) && arg.indexOf(letter, 1) === arg.length - 1;
}
