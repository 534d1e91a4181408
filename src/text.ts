/**
 * What is shown to people: numbers in hexadecimal, and text from elsewhere (names in modules, messages of programs, paths).
 * Such text must not move a cursor, colour a terminal, end the line that contains it, or look like something else.
 */

/**
 * Characters that are invisible, but have an effect: controls (C0, DEL, C1), formats (directions, joiners, the byte
 * order mark), separators of lines and paragraphs, lone surrogates, and what fonts leave out.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Escapes of characters for which most languages have a letter. */
const LETTERS: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/**
 * Text on one line: invisible characters are shown as escapes (`\n`, `\x1b`, `\u202e`). A backslash stays as it is, for
 * the sake of paths: the result is for people, not for parsing.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, escapeOf);
}

/** The same for text of several lines: a log, a stack. Line ends and tabs stay. */
export function visibleLines(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (/[\n\t]/.test(character) ? character : escapeOf(character)));
}

/** The same for JSON, whose meaning does not change: `JSON.stringify` escapes no more than it has to. */
export function visibleJson(json: string): string {
  return json.replaceAll(UNSEEN, (character) => (character === "\n" ? character : utf16EscapesOf(character)));
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return LETTERS[character] ?? (code > 0xff ? utf16EscapesOf(character) : `\\x${code.toString(16).padStart(2, "0")}`);
}

function utf16EscapesOf(character: string): string {
  return Array.from(
    { length: character.length },
    (_, k) => `\\u${character.charCodeAt(k).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** A PC, an address or an offset in hexadecimal, with `0x` and at least so many digits. */
export function hex(value: bigint | number, digits = 6): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
