/** Dictionaries in the format of AFL and libFuzzer: one word per line, `name="value"`, with `\\`, `\"` and `\xAB`. */

/** A dictionary that cannot be parsed. */
export class DictionaryError extends Error {
  override readonly name = "DictionaryError";
  /** The line, counted from 1. */
  readonly line: number;

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
  }
}

/**
 * Parses a dictionary into its distinct words, in order.
 *
 * @param text lines; empty ones and comments (`#`) are skipped, and so are names, including AFL's level (`name@2=`)
 * @throws {DictionaryError}
 */
export function parseDictionary(text: string): Uint8Array[] {
  const words = new Map<string, Uint8Array>();
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim();
    if (line === "" || line.startsWith("#")) continue;
    const bytes = parseLine(line, index + 1);
    words.set(bytes.join(), bytes);
  }
  return [...words.values()];
}

function parseLine(line: string, number: number): Uint8Array {
  const quoted = /^[^"]*"(.*)"$/.exec(line)?.[1];
  if (quoted === undefined) throw new DictionaryError(number, 'a word is in quotes: name="value"');
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [part, hex, escaped, wrong] of quoted.matchAll(/\\x([0-9A-Fa-f]{2})|\\([\\"])|([\\"])|[^\\"]+/g)) {
    if (wrong !== undefined)
      throw new DictionaryError(number, 'inside of a word, only \\\\, \\" and \\xAB begin with \\');
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(...encoder.encode(escaped ?? part));
  }
  if (bytes.length === 0) throw new DictionaryError(number, "the word is empty");
  return Uint8Array.from(bytes);
}
