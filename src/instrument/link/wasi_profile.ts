/**
 * Standalone modules that run under WASI write their profile by themselves (assembly/profile): a command when `_start`
 * returns and before `proc_exit`, any other module when the host calls an export.
 *
 *     (export "_start" (func $exit.start))       (call $<_start>) (drop (call $write (i32.const 1)))
 *     (export "kcov.write" (func))               (call $write (i32.const 0))
 *     (call $proc_exit …)                 ──▶    (call $exit …): (drop (call $write (i32.const 1))) (call $proc_exit …)
 *
 * A trap ends the program without running any more of its code; the host can still call the export.
 */

import { PROFILE_VARIABLE, STANDALONE_EXPORTS, WASI_MODULE } from "../../abi/counters.ts";
import {
  TEXT_CANNOT_WRITE,
  TEXT_ERROR,
  TEXT_EXTENSION,
  TEXT_NOT_PREOPENED,
  TEXT_VARIABLE,
  TEXT_WORDS,
} from "../../abi/standalone.ts";
import { profileBinary } from "../../hooks/profile.ts";
import {
  type Expr,
  type Func,
  functionsOf,
  isImported,
  lib,
  type Name,
  namePointer,
  nameText,
  raw,
  type Type,
} from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { graft } from "../ir/graft.ts";
import type { Ir } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import { walkKnown } from "../ir/walk.ts";
import { required } from "../required.ts";
import { addConstants, type ProfileFunctions, wordsOf } from "./standalone_profile.ts";

const { i32, i64 } = lib;

/** The WASI functions that are called, and their parameters. Each returns an i32. */
const FUNCTIONS: Readonly<Record<string, readonly Type[]>> = {
  environ_sizes_get: [i32, i32],
  environ_get: [i32, i32],
  fd_prestat_get: [i32, i32],
  fd_prestat_dir_name: [i32, i32, i32],
  path_open: [i32, i32, i32, i32, i32, i64, i64, i32, i32],
  fd_write: [i32, i32, i32, i32],
  fd_close: [i32],
  random_get: [i32, i32],
};

const EXIT = "proc_exit";
const START = "_start";
const MEMORY = "memory";

/** The texts of the module, by TEXT constants. */
const TEXTS: Readonly<Record<number, string>> = {
  [TEXT_VARIABLE]: `${PROFILE_VARIABLE}=`,
  [TEXT_CANNOT_WRITE]: "wasm-kcov: the profile cannot be written to ",
  [TEXT_NOT_PREOPENED]: ": no such directory is preopened",
  [TEXT_ERROR]: ": WASI error ",
  [TEXT_EXTENSION]: ".counts",
};

export class WasiProfile {
  private readonly ir: Ir;
  private readonly memory: Name;
  /** The WASI functions that the module imports. */
  private readonly known: ReadonlyMap<string, Name>;

  /** @returns undefined for a module that does not run under WASI, or not under WASI alone */
  static of(ir: Ir): WasiProfile | undefined {
    const memory = exportedAs(ir.module, MEMORY, raw.ExternalMemory());
    const known = importsOf(ir.module);
    // Addresses in WASI have 32 bits.
    if (memory === undefined || known.size === 0 || raw.MemoryIs64(ir.module, memory)) return undefined;
    // Glue code, as Emscripten makes it, has no more of WASI than the module imports.
    const isCommand = exportedAs(ir.module, START, raw.ExternalFunction()) !== undefined;
    if (!isCommand && importsOthers(ir.module)) return undefined;
    return new WasiProfile(ir, memory, known);
  }

  private constructor(ir: Ir, memory: Name, known: ReadonlyMap<string, Name>) {
    this.ir = ir;
    this.memory = memory;
    this.known = known;
  }

  /** Number of functions that are added to the module's imports for this. */
  get addedFunctions(): number {
    return Object.keys(FUNCTIONS).filter((name) => !this.known.has(name)).length;
  }

  add({ words, word }: ProfileFunctions): void {
    const { ir, memory } = this;
    const text = addConstants(ir, "text", TEXT_VALUES);
    const imports = new Map([
      ...this.wasiFunctions(),
      ["module.words", words],
      ["module.word", word],
      ["module.text", text],
    ] as const);
    const write = required(graft(ir, profileBinary(), { role: "profile", memory, imports }), "write");
    raw.AddFunctionExport(ir.module, this.addWrite(write), namePointer(STANDALONE_EXPORTS.write));
    const atEnd = (): Expr => raw.Drop(ir.module, ir.call(write, [ir.i32(1)], i32));
    this.writeBeforeExit(atEnd);
    this.writeAfterStart(atEnd);
  }

  private *wasiFunctions(): Iterable<readonly [string, Name]> {
    const { ir, known } = this;
    for (const [name, params] of Object.entries(FUNCTIONS)) {
      const internal = known.get(name) ?? ir.name(name);
      if (!known.has(name)) {
        const [from, base] = [namePointer(WASI_MODULE), namePointer(name)];
        raw.AddFunctionImport(ir.module, internal, from, base, tupleOf(params), i32);
      }
      yield [`wasi.${name}`, internal];
    }
  }

  private addWrite(write: Name): Name {
    const { ir } = this;
    const name = ir.name("write");
    raw.AddFunction(ir.module, name, lib.none, i32, 0, 0, ir.call(write, [ir.i32(0)], i32));
    return name;
  }

  private writeAfterStart(atEnd: () => Expr): void {
    const { ir } = this;
    const start = exportedAs(ir.module, START, raw.ExternalFunction());
    if (start === undefined) return;
    const wrapper = ir.name(START);
    raw.AddFunction(ir.module, wrapper, lib.none, lib.none, 0, 0, ir.sequence(lib.none, ir.call(start, []), atEnd()));
    raw.RemoveExport(ir.module, namePointer(START));
    raw.AddFunctionExport(ir.module, wrapper, namePointer(START));
  }

  private writeBeforeExit(atEnd: () => Expr): void {
    const { ir, known } = this;
    const exit = known.get(EXIT);
    if (exit === undefined) return;
    const wrapper = ir.name("exit");
    for (const func of functionsOf(ir.module)) {
      if (!isImported(func)) redirect(func, exit, wrapper);
    }
    const body = ir.sequence(lib.none, atEnd(), ir.call(exit, [ir.get(0, i32)]));
    raw.AddFunction(ir.module, wrapper, i32, lib.none, 0, 0, body);
  }
}

/** Redirects the calls in a function. Code that cannot be walked keeps its calls. */
function redirect(func: number, from: Name, to: Name): void {
  walkKnown(func, ({ expr, id }) => {
    if (id === ID.Call && raw.CallGetTarget(expr) === from) raw.CallSetTarget(expr, to);
  });
}

const TEXT_VALUES = Object.values(TEXTS).flatMap((text) => {
  const bytes = new Uint8Array(8 * TEXT_WORDS);
  bytes.set(new TextEncoder().encode(text));
  return wordsOf(bytes);
});

function exportedAs(module: number, name: string, kind: number): Name | undefined {
  for (let k = 0; k < raw.GetNumExports(module); k++) {
    const exported = raw.GetExportByIndex(module, k);
    if (raw.ExportGetKind(exported) === kind && nameText(raw.ExportGetName(exported)) === name) {
      return raw.ExportGetValue(exported);
    }
  }
  return undefined;
}

/** The module's internal names of the WASI functions that it imports. */
function importsOf(module: number): ReadonlyMap<string, Name> {
  const names = new Map<string, Name>();
  for (const func of importedFunctions(module)) {
    if (isOfWasi(func)) names.set(nameText(raw.FunctionImportGetBase(func)), raw.FunctionGetName(func));
  }
  return names;
}

/** Whether it imports functions that are not WASI's. */
function importsOthers(module: number): boolean {
  return importedFunctions(module).some((func) => !isOfWasi(func));
}

function importedFunctions(module: number): Func[] {
  return functionsOf(module).filter(isImported);
}

function isOfWasi(func: Func): boolean {
  return nameText(raw.FunctionImportGetModule(func)) === WASI_MODULE;
}
