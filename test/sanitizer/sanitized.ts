/** Running what a sanitized module does wrong. */

import { type InstrumentOptions, instrument } from "../../src/instrument/index.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import type { MemoryReport } from "../../src/runtime/memory_report.ts";
import { wat } from "../support/wat.ts";

export type Link = NonNullable<InstrumentOptions["link"]>;

/** A module with a stack, some data, an allocator that never reuses anything, and a function `run`. */
export function programText(body: string): string {
  return `(module
    (memory (export "memory") 4)
    (data (i32.const 1024) "static data")
    (global $sp (mut i32) (i32.const 66560))
    (global $top (mut i32) (i32.const 66560))
    (func $malloc (export "malloc") (param $bytes i32) (result i32) (local $at i32)
      (local.set $at (global.get $top))
      ;; The block's size is kept in front of it, as allocators do.
      (i32.store (local.get $at) (local.get $bytes))
      (global.set $top
        (i32.add (local.get $at) (i32.and (i32.add (local.get $bytes) (i32.const 31)) (i32.const -16))))
      (i32.add (local.get $at) (i32.const 16)))
    (func $free (export "free") (param $block i32)
      (i32.store (i32.sub (local.get $block) (i32.const 16)) (i32.const 0)))
    (func $realloc (export "realloc") (param i32 i32) (result i32) (unreachable))
    (func $calloc (export "calloc") (param i32 i32) (result i32) (unreachable))
    (func $malloc_usable_size (export "malloc_usable_size") (param i32) (result i32) (unreachable))
    ${body})`;
}

/** Runs the export `run` of a module. @returns what it reported; it goes on after each error */
export async function reportsOf(text: string, options: InstrumentOptions = {}): Promise<MemoryReport[]> {
  const kcov = await Kcov.create();
  kcov.keepsMemoryStacks = true;
  const reports: MemoryReport[] = [];
  kcov.onMemoryError = (report) => reports.push(report);
  const { binary } = instrument(wat(text), { trace: [], sanitize: { recover: true }, ...options });
  const { instance } = await WebAssembly.instantiate(binary, kcov.imports as unknown as WebAssembly.Imports);
  (instance.exports.run as () => void)();
  return reports;
}
