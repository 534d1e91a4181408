/**
 * The text of a module as its source, if nothing else is known: one line per operator. It is divided into pages of a
 * size that browsers can handle; a function is never split.
 */

import { BinaryReader, DefaultNameResolver, WasmDisassembler } from "wasmparser";
import { type ByteRange, SECTION } from "../../binary_format.ts";
import { ByteReader } from "../../instrument/wasm/byte_reader.ts";
import { readSections } from "../../instrument/wasm/sections.ts";
import { hex } from "../../text.ts";
import { type CodeCopy, CodeRows, type CodeSources, type SourceFile, type SourceFunction } from "./code_sources.ts";
import type { FunctionNames } from "./function_names.ts";

/** The length in lines that a page should not exceed. A longer function has a page of its own. */
const PAGE_LINES = 4000;

/**
 * Disassembles functions.
 *
 * @param path the module's path, from which the names of its pages are derived
 * @param wanted which of the bodies, by index among them
 */
export function disassemble(
  bytes: Uint8Array,
  path: string,
  bodies: readonly ByteRange[],
  names: FunctionNames,
  wanted: (body: number) => boolean,
): CodeSources {
  const pages = new Pages(path, names);
  const text = textOf(bytes, names);
  for (const [k, body] of bodies.entries()) if (wanted(k)) pages.add(k, body, linesOf(bytes, body, text));
  return pages.finish();
}

/** Lines of a function, with their offsets. */
interface Lines {
  readonly text: readonly string[];
  readonly offsets: readonly number[];
}

/** Distributes functions over pages. */
class Pages {
  readonly #path: string;
  readonly #names: FunctionNames;
  readonly #files: { first: number; last: number; lines: string[] }[] = [];
  readonly #rows = new CodeRows();
  readonly #functions: SourceFunction[] = [];
  readonly #copies: CodeCopy[] = [];

  constructor(path: string, names: FunctionNames) {
    this.#path = path;
    this.#names = names;
  }

  add(body: number, { start, end }: ByteRange, { text, offsets }: Lines): void {
    const index = this.#names.importedFunctions + body;
    let page = this.#files.at(-1);
    if (page === undefined || page.lines.length + text.length > PAGE_LINES) {
      page = { first: index, last: index, lines: [] };
      this.#files.push(page);
    }
    page.last = index;
    const file = this.#files.length - 1;
    const name = this.#names.of(index);
    page.lines.push(
      `;; ${oneLine(name)}${name.startsWith("func[") ? "" : `  func[${index}]`}  ${hex(start)}-${hex(end)}`,
    );
    this.#functions.push({
      name,
      baseName: name,
      linkageName: undefined,
      file,
      line: page.lines.length,
      column: 1,
      isDeclared: true,
    });
    this.#copies.push({ function: this.#functions.length - 1, ranges: [[start, end]], parent: -1, entry: undefined });
    for (const [k, line] of text.entries()) {
      const from = offsets[k] as number;
      const to = offsets[k + 1] ?? end;
      page.lines.push(`${hex(from)}  ${line}`);
      if (to > from) this.#rows.add(from, to, file, page.lines.length, columnOf(line));
    }
    page.lines.push("");
  }

  finish(): CodeSources {
    const digits = String(this.#files.at(-1)?.last ?? 0).length;
    const padded = (index: number): string => String(index).padStart(digits, "0");
    const files: SourceFile[] = this.#files.map(({ first, last, lines }) => ({
      path:
        this.#files.length === 1
          ? this.#path
          : `${this.#path}/func-${padded(first)}${last > first ? `-${padded(last)}` : ""}.wat`,
      content: lines.join("\n"),
    }));
    return { kind: "disassembly", files, rows: this.#rows, functions: this.#functions, copies: this.#copies };
  }
}

/** The whole module as text; undefined if the disassembler does not support something in it. */
function textOf(bytes: Uint8Array, names: FunctionNames): Lines | undefined {
  const code = readSections(bytes).find(({ id }) => id === SECTION.code);
  if (!code) return undefined;
  const reader = new BinaryReader();
  // Sections after the code, mainly data, say nothing about it, but would be printed.
  reader.setData(new Uint8Array(bytes.subarray(0, code.end)).buffer, 0, code.end);
  const disassembler = new WasmDisassembler();
  disassembler.addOffsets = true;
  disassembler.nameResolver = new Resolver(names);
  try {
    disassembler.disassembleChunk(reader);
    const { lines, offsets } = disassembler.getResult();
    return offsets && { text: lines, offsets };
  } catch {
    return undefined;
  }
}

class Resolver extends DefaultNameResolver {
  readonly #names: FunctionNames;

  constructor(names: FunctionNames) {
    super();
    this.#names = names;
  }

  override getFunctionName(index: number): string {
    return `$${this.#names.has(index) ? oneLine(this.#names.of(index)) : `func${index}`}`;
  }
}

function linesOf(bytes: Uint8Array, { start, end }: ByteRange, text: Lines | undefined): Lines {
  if (text === undefined) return rawLines(bytes, start, end);
  const first = firstAt(text.offsets, start);
  let last = first;
  while (last < text.offsets.length && (text.offsets[last] as number) < end) last++;
  if (last > first) {
    const lines = text.text.slice(first, last);
    const offsets = text.offsets.slice(first, last);
    // The signature has the offset of the body's length, which comes before the body.
    const signature = text.text[first - 1];
    if (signature?.startsWith("  (func")) {
      lines.unshift(signature);
      offsets.unshift(offsets[0] as number);
    }
    return { text: lines.map((line) => line.replace(/^ {2}/, "")), offsets };
  }
  return rawLines(bytes, start, end);
}

/** Prints operators as bytes, for code that the disassembler cannot read. */
function rawLines(bytes: Uint8Array, start: number, end: number): Lines {
  const text: string[] = [];
  const offsets: number[] = [];
  const reader = new ByteReader(bytes, start);
  reader.skipLocals();
  while (reader.position < end) {
    const from = reader.position;
    if (!reader.skipOperator()) reader.position = end;
    offsets.push(from);
    text.push(
      Array.from(bytes.subarray(from, Math.min(reader.position, from + 16)), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join(" "),
    );
  }
  return { text, offsets };
}

function firstAt(offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The column where the text of a line begins, after its offset and the blanks. From 1. */
function columnOf(line: string): number {
  return 11 + line.search(/\S|$/);
}

function oneLine(name: string): string {
  return name.replace(/[\s\p{C}]+/gu, " ");
}
