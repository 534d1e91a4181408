/**
 * Checks the options that a caller passes: an unknown name, or a value of the wrong type, is reported along with what
 * is allowed. A misspelt option would otherwise silently do nothing.
 */

/** The values that an option may have: a predicate, and text that follows "must be". */
export interface OptionKind {
  readonly what: string;
  accepts(value: unknown): boolean;
}

/** The kinds of all options. */
export type OptionKinds<Options> = { readonly [Name in keyof Required<Options>]: OptionKind };

/**
 * Checks the names and types of options. An option that is `undefined` counts as absent.
 *
 * @param of whose options they are, with which the message begins: "instrument"
 * @throws {TypeError} they are not an object, an option does not exist, or has another type
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

/** A type that `typeof` distinguishes. */
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

/** Describes a value for a message: short, and on one line. */
function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (Array.isArray(value)) return shortened(`[${value.map(describe).join(", ")}]`);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
