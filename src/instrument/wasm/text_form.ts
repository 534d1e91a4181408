/** Modules and components in their text form: what people give where a binary is wanted. */

/** Bytes that are looked at: what comes before the first word may be long, but not endless. */
const LOOKED_AT = 4096;

/** Whether a file is the text form of a module or component: comments and blanks, and then what all of these begin with. */
export function isTextForm(contents: Uint8Array): boolean {
  const start = new TextDecoder().decode(contents.subarray(0, LOOKED_AT)).replace(/^\ufeff/, "");
  return /^(\s|;;[^\n]*\n|\(;(?:[^;]|;(?!\)))*;\))*\((module|component)\b/.test(start);
}

/** What to do about it. */
export const TEXT_FORM = "is the text form of a module: make a module of it first (wat2wasm, wasm-as)";
