/** From a script's modules to binaries. */

import { wat } from "../support/wat.ts";
import { type List, type Sexpr, textOf } from "./sexpr.ts";

/** Assembles the text of a module. */
export type Assembler = (text: string) => Uint8Array<ArrayBuffer>;

/**
 * The text parsers, the most faithful first: that of wasm-tools keeps dead code, which Binaryen's drops.
 * `@bytecodealliance/jco-transpile` is used where it is installed.
 */
export async function assemblers(): Promise<Assembler[]> {
  try {
    const entry = import.meta.resolve("@bytecodealliance/jco-transpile/wasm-tools");
    // The package's own functions are asynchronous; what they call once it is loaded is not.
    const { tools, $init } = (await import(new URL("../vendor/wasm-tools.js", entry).href)) as WasmTools;
    await $init;
    return [(text) => new Uint8Array(tools.parse(text)), wat];
  } catch {
    return [wat];
  }
}

interface WasmTools {
  $init: Promise<void>;
  tools: { parse(text: string): Uint8Array };
}

/** The binary of a `(module …)` form: text, `binary` strings or `quote`d text. */
export function assemble(form: List, script: string, parsers: readonly Assembler[]): Uint8Array<ArrayBuffer> {
  const words = form.items.slice(1, 4).map((item) => (item.kind === "atom" ? item.text : ""));
  const strings = form.items.filter((item) => item.kind === "string");
  if (words.includes("binary")) return concat(strings.map(({ bytes }) => bytes));
  const quoted = words.includes("quote");
  const text = quoted ? strings.map((item: Sexpr) => textOf(item)).join(" ") : moduleText(form, script);
  return firstOf(parsers, quoted && !text.trimStart().startsWith("(module") ? `(module ${text})` : text);
}

/** `(module definition $id …)` is a module for the parsers without the word. */
function moduleText(form: List, script: string): string {
  return script.slice(form.start, form.end).replace(/^\(module\s+definition/, "(module");
}

function firstOf(parsers: readonly Assembler[], text: string): Uint8Array<ArrayBuffer> {
  let failure: unknown;
  for (const parse of parsers) {
    try {
      return parse(text);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    result.set(part, position);
    position += part.length;
  }
  return result;
}
