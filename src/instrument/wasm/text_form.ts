/** Recognises modules and components in their text format, which users sometimes pass instead of a binary. */

/** Number of bytes that are examined: what precedes the first word may be long, but not endless. */
const LOOKED_AT = 4096;

/** Whether a file is in the text format of modules or components: comments and blanks, then their first word. */
export function isTextForm(contents: Uint8Array): boolean {
  const start = new TextDecoder().decode(contents.subarray(0, LOOKED_AT)).replace(/^\ufeff/, "");
  return /^(\s|;;[^\n]*\n|\(;(?:[^;]|;(?!\)))*;\))*\((module|component)\b/.test(start);
}

/** A message that says what to do about it. */
export const TEXT_FORM = "is the text form of a module: make a module of it first (wat2wasm, wasm-as)";
