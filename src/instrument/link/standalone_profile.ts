/**
 * The functions by which a standalone module exports its counters. Globals can only be accessed by constant indices,
 * but these functions get the index as a parameter: so each of them is a decision tree.
 */

import { hexToBytes } from "@noble/hashes/utils";
import { STANDALONE_EXPORTS } from "../../abi/counters.ts";
import { STANDALONE_HEADER_WORDS, STANDALONE_MAGIC, STANDALONE_VERSION } from "../../abi/standalone.ts";
import { type Expr, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { OPERATION } from "../ir/operations.ts";

/** A module's counters. */
export interface StandaloneCounters {
  readonly count: number;
  /** SHA-256 of the pc table, in hexadecimal. */
  readonly table: string;
  /** Code that reads a counter, as an i64. */
  read(k: number): Expr;
}

/** Functions inside the module. */
export interface ProfileFunctions {
  /** () → i32: the length of the profile in words. */
  readonly words: Name;
  /** (i32) → i64: a word by its index. */
  readonly word: Name;
}

/** Adds the exports. */
export function addProfileExports(ir: Ir, counters: StandaloneCounters): ProfileFunctions {
  const { count } = counters;
  const words = STANDALONE_HEADER_WORDS + count;
  exportLength(ir, STANDALONE_EXPORTS.length, count);
  exportLength(ir, STANDALONE_EXPORTS.profileLength, words);
  const counter = addCounter(ir, counters);
  const word = addWord(ir, counters, counter);
  raw.AddFunctionExport(ir.module, counter, namePointer(STANDALONE_EXPORTS.counter));
  raw.AddFunctionExport(ir.module, word, namePointer(STANDALONE_EXPORTS.profile));
  const wordsFunction = ir.name("words");
  raw.AddFunction(ir.module, wordsFunction, lib.none, lib.i32, 0, 0, ir.i32(words));
  return { words: wordsFunction, word };
}

function exportLength(ir: Ir, exported: string, length: number): void {
  const name = ir.name(exported);
  raw.AddGlobal(ir.module, name, lib.i32, 0, ir.i32(length));
  raw.AddGlobalExport(ir.module, name, namePointer(exported));
}

/** Number of counters per function: with more, it would be larger than engines accept. */
const PAGE = 1 << 15;

function addCounter(ir: Ir, { count, read }: StandaloneCounters): Name {
  const { module } = ir;
  const pages: Name[] = [];
  for (let first = 0; first < count; first += PAGE) {
    const page = ir.name(`counters from ${first}`);
    const body = choose(ir, first, Math.min(count, first + PAGE), read);
    raw.AddFunction(module, page, lib.i32, lib.i64, 0, 0, body);
    pages.push(page);
  }
  const body = choose(
    ir,
    0,
    Math.max(1, pages.length),
    (k) => (k < pages.length ? ir.call(pages[k] as Name, [index(ir)], lib.i64) : ir.i64(0n)),
    PAGE,
  );
  const isThere = raw.Binary(module, OPERATION.GtUInt32, ir.i32(count), index(ir));
  const name = ir.name("counter");
  raw.AddFunction(module, name, lib.i32, lib.i64, 0, 0, ir.if(isThere, body, ir.i64(0n)));
  return name;
}

/** Adds the function that returns the k-th word: first those of the header, then the counters. */
function addWord(ir: Ir, { count, table }: StandaloneCounters, counter: Name): Name {
  const { module } = ir;
  const header = addConstants(ir, "header", headerOf(count, table));
  const isHeader = raw.Binary(module, OPERATION.GtUInt32, ir.i32(STANDALONE_HEADER_WORDS), index(ir));
  const behind = raw.Binary(module, OPERATION.SubInt32, index(ir), ir.i32(STANDALONE_HEADER_WORDS));
  const body = ir.if(isHeader, ir.call(header, [index(ir)], lib.i64), ir.call(counter, [behind], lib.i64));
  const name = ir.name("word");
  raw.AddFunction(module, name, lib.i32, lib.i64, 0, 0, body);
  return name;
}

function headerOf(count: number, table: string): bigint[] {
  const bytes = new Uint8Array(8 * STANDALONE_HEADER_WORDS);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(STANDALONE_MAGIC));
  view.setUint32(8, STANDALONE_VERSION, true);
  view.setUint32(12, count, true);
  bytes.set(hexToBytes(table), 16);
  return wordsOf(bytes);
}

/** Converts bytes to 64-bit words, little-endian. */
export function wordsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, k) => view.getBigUint64(8 * k, true));
}

/** Adds a function that returns constants by their index. */
export function addConstants(ir: Ir, role: string, values: readonly bigint[]): Name {
  const name = ir.name(role);
  const body = choose(ir, 0, values.length, (k) => ir.i64(values[k] ?? 0n));
  raw.AddFunction(ir.module, name, lib.i32, lib.i64, 0, 0, body);
  return name;
}

/** Code that selects one of several values by the number in the first local, by repeated halving. */
function choose(ir: Ir, first: number, end: number, value: (k: number) => Expr, scale = 1): Expr {
  if (end - first === 1) return value(first);
  const middle = (first + end) >> 1;
  const isUpper = raw.Binary(ir.module, OPERATION.GtUInt32, index(ir), ir.i32(middle * scale - 1));
  return ir.if(isUpper, choose(ir, middle, end, value, scale), choose(ir, first, middle, value, scale));
}

function index(ir: Ir): Expr {
  return ir.get(0, lib.i32);
}
