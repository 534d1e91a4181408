/**
 * The hooks' code in the binary that Binaryen writes. At the sites of most modules it is more code than all the rest:
 * too much for Binaryen to create, keep and write expression by expression. So the tree only has markers (marker.ts)
 * that stand for it, with globals and functions that are the device's or that the pass added:
 *
 *     (global.set $pc_area (i64.const MARKER))     trace_pc with a cursor, and an increment of any counter
 *     (global.set $pc_area (i64.const -1))         the check at the head of a loop; -2: a load of the cursor
 *     (call $trace_pc (i64.const MARKER))          the same by a call; a MARKER only if the function has counters
 *     (global.set $kcov.counters (i32.const M))    an increment of a counter, if no PCs are traced: see marker.ts
 *     (global.set $kcov.dirty (ADDRESS))           a mark for the page of an address
 *
 * What operators record is not in the tree at all (value_plan.ts).
 *
 * The code is that of the hooks as compiled from AssemblyScript, and cut into pieces when the library is built
 * (src/hooks/pieces.ts): bytes, and between them what differs by module and function. At a site a pc is a constant, and
 * registers and temporaries are locals after all others of the function.
 */

import { CURSOR_HOOKS, type HookName, TASK_GLOBALS, type TaskGlobalName } from "../../abi/hooks.ts";
import type { ByteRange } from "../../binary_format.ts";
import { fromBase64 } from "../../hooks/base64.ts";
import type { CursorHook, HeldCounterHook, InlineHook } from "../../hooks/pieces.ts";
import { PIECES_BASE64 } from "../../hooks/pieces_binary.ts";
import { required } from "../required.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { readModuleInfo } from "../wasm/module_info.ts";
import { OP } from "../wasm/operators.ts";
import { readBodies, readSections } from "../wasm/sections.ts";

/** A piece of code. */
export type Piece =
  | Uint8Array
  /** `local.get`, `local.set` or `local.tee`. */
  | { opcode: number; local: number }
  | { global: TaskGlobalName }
  /** A load or store: opcode, alignment and offset as they are in a module with one memory. */
  | { opcode: number; align: number; offset: number };

/** Code in pieces, and the types of its temporaries, which are numbered after its parameters. */
export interface Code {
  pieces: readonly Piece[];
  temporaries: readonly number[];
}

let shared: HookCode | undefined;

/** The code of the hooks, which is the same for every module: read once per process, on first use. */
export function hookCode(): HookCode {
  shared ??= new HookCode();
  return shared;
}

/** Reads the module of pieces. */
export class HookCode {
  private readonly bytes = fromBase64(PIECES_BASE64);
  /** Bodies in the module of pieces, by the names of their exports. */
  private readonly bodies: ReadonlyMap<string, ByteRange>;
  private readonly known = new Map<string, Code>();

  constructor() {
    const bodies = readBodies(this.bytes, readSections(this.bytes));
    const { functionNames } = readModuleInfo(this.bytes);
    this.bodies = new Map(bodies.map((body, index) => [required(functionNames, index), body]));
  }

  /** The parts of `trace_pc` that keep a cursor. Local 0 is the pc, the next ones are the registers. */
  cursors(): ReadonlyMap<CursorHook, Code> {
    return new Map(CURSORS.map((hook) => [hook, this.read(`cursor ${hook}`)]));
  }

  /** A part of a counter's hook that holds its value. Local 0 is the counter's address, local 1 the register. */
  held(hook: HeldCounterHook): Code {
    return this.withoutTemporaries(`held ${hook}`);
  }

  /** Code of the condition that the hook has something to do. */
  guard(hook: HookName): Code {
    return this.read(`guard ${hook}`);
  }

  /** A hook as a function. Its first locals are its parameters. */
  body(hook: HookName): Code {
    return this.read(`body ${hook}`);
  }

  /** A hook to be copied to sites. Its only locals are its parameters. */
  inline(hook: InlineHook): Code {
    return this.withoutTemporaries(`body ${hook}`);
  }

  private withoutTemporaries(name: string): Code {
    const code = this.read(name);
    if (code.temporaries.length > 0) throw new Error(`"${name}" has temporaries, for which its sites have no locals`);
    return code;
  }

  private read(name: string): Code {
    const known = this.known.get(name);
    if (known) return known;
    const { start, end } = required(this.bodies, name);
    const code = readPieces(this.bytes, start, end);
    this.known.set(name, code);
    return code;
  }
}

/** The names of the hooks that keep a cursor. */
export const CURSORS = Object.keys(CURSOR_HOOKS) as CursorHook[];

/** In the order of their indices in the module of pieces. */
const GLOBALS = Object.keys(TASK_GLOBALS) as TaskGlobalName[];

/** Cuts a function body into pieces, without its last byte, the `end`. */
function readPieces(bytes: Uint8Array, start: number, end: number): Code {
  const reader = new ByteReader(bytes, start);
  const temporaries = readLocals(reader);
  const pieces: Piece[] = [];
  while (reader.position < end - 1) {
    const at = reader.position;
    const opcode = reader.opcode();
    if (opcode >= OP.local_get && opcode <= OP.local_tee) {
      pieces.push({ opcode, local: reader.uleb() });
    } else if (opcode === OP.global_get) {
      pieces.push({ global: GLOBALS[reader.uleb()] as TaskGlobalName });
    } else if (opcode >= OP.i32_load && opcode <= OP.i64_store32) {
      pieces.push({ opcode, align: reader.uleb(), offset: reader.uleb() });
    } else {
      if (!reader.skipImmediates(opcode)) throw new Error(`hooks use opcode ${opcode}, which is not known here`);
      pieces.push(bytes.slice(at, reader.position));
    }
  }
  return { pieces, temporaries };
}

/** Types of the locals that a body declares. */
function readLocals(reader: ByteReader): number[] {
  const types: number[] = [];
  for (let n = reader.uleb(); n > 0; n--) {
    const count = reader.uleb();
    const type = reader.byte();
    for (let k = 0; k < count; k++) types.push(type);
  }
  return types;
}
