/** Targets for tests, from the text format. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { FuzzTarget, RunOutcome } from "../../src/fuzz/engine.ts";
import { type OpenTargetOptions, openTarget } from "../../src/fuzz/index.ts";
import { wat } from "./wat.ts";

let directory: string | undefined;
let files = 0;

/** Writes a file that is gone when the test file is done. @returns its path */
export function temporaryFile(name: string, contents: string | Uint8Array): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), "wasm-kcov-target-"));
    afterAll(() => rmSync(made, { recursive: true }));
    directory = made;
  }
  const path = join(directory, `${files++}-${name}`);
  writeFileSync(path, contents);
  return path;
}

/** Opens a module in the text format as a target; names are kept. */
export function openWat(text: string, options: OpenTargetOptions = {}): Promise<FuzzTarget> {
  return openTarget(temporaryFile("target.wasm", wat(text, true)), { cache: false, ...options });
}

/** Runs a target on text. */
export async function run(target: FuzzTarget, input: string | Uint8Array): Promise<RunOutcome> {
  return target.runOne(typeof input === "string" ? new TextEncoder().encode(input) : input);
}

/** What a run ended in, in short: "ok", "rejected" or the crash's reason. */
export async function outcome(target: FuzzTarget, input: string | Uint8Array): Promise<string> {
  const result = await run(target, input);
  if (result.kind === "crash") return result.crash.reason;
  return result.rejected ? "rejected" : "ok";
}

/** A bump allocator and a memory, as the fields of a module. */
export const MALLOC = `
  (memory (export "memory") 2)
  (global $break (mut i32) (i32.const 1024))
  (func $malloc (export "malloc") (param $bytes i32) (result i32)
    (local $address i32)
    (local.set $address (global.get $break))
    (if (i32.gt_u (i32.add (local.get $address) (local.get $bytes)) (i32.const 131072)) (then (return (i32.const 0))))
    (global.set $break (i32.add (local.get $address) (local.get $bytes)))
    (local.get $address))`;
