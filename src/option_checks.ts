/**
 * Checks of the options that a caller gives: an unknown name, or a value of the wrong type, is reported with
 * what there is. A misspelt option would otherwise be one that silently does nothing.
 */

/** What one option may be: whether a value is, and in words that follow "must be". */
export interface OptionKind {
  readonly what: string;
  accepts(value: unknown): boolean;
}

/** The options that there are. */
export type OptionKinds<Options> = { readonly [Name in keyof Required<Options>]: OptionKind };

/**
 * Checks the names and types of options. An option that is `undefined` is one that is not given.
 *
 * @param of whose options they are, as the message begins: "instrument"
 * @throws {TypeError} they are no object, there is no such option, or it is of another type
 */
export function checkOptions<Options>(of: string, options: Options, kinds: OptionKinds<Options>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${of}: options must be an object, not ${describe(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, name)) {
      throw new TypeError(
        `${of}: there is no option ${JSON.stringify(name)}; there are ${Object.keys(kinds).join(", ")}`,
      );
    }
    const kind = kinds[name as keyof Options];
    if (value !== undefined && !kind.accepts(value)) {
      throw new TypeError(`${of}: ${name} must be ${kind.what}, not ${describe(value)}`);
    }
  }
}

/** A type that `typeof` tells. */
function typed(type: string, what: string): OptionKind {
  return { what, accepts: (value) => typeof value === type };
}

export const BOOLEAN: OptionKind = typed("boolean", "true or false");
export const STRING: OptionKind = typed("string", "a string");
export const FUNCTION: OptionKind = typed("function", "a function");
export const OBJECT: OptionKind = { what: "an object", accepts: isObject };
export const NUMBER: OptionKind = typed("number", "a number");
export const INTEGER: OptionKind = {
  what: "a bigint or an integer",
  accepts: (value) => typeof value === "bigint" || typeof value === "number",
};
export const STRINGS: OptionKind = {
  what: "an array of strings",
  accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
};

/** One of some strings. */
export function oneOf(known: readonly string[]): OptionKind {
  return { what: `one of ${quoted(known)}`, accepts: (value) => known.includes(value as string) };
}

/** Some of some strings. */
export function someOf(known: readonly string[]): OptionKind {
  return {
    what: `an array of ${quoted(known)}`,
    accepts: (value) => Array.isArray(value) && value.every((each) => known.includes(each)),
  };
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(", ");
}

function isObject(value: unknown): boolean {
  return (typeof value === "object" && value !== null && !Array.isArray(value)) || typeof value === "function";
}

/** A value, as a message shows it: short, and on one line. */
function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (Array.isArray(value)) return shortened(`[${value.map(describe).join(", ")}]`);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
