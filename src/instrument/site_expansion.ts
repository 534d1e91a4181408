/** Puts the hooks' code where the sites of a binary are (see site_code.ts). */

import { HOOKS, type HookName } from "../abi/hooks.ts";
import { Bytes } from "./bytes.ts";
import { Cursor, OP } from "./operators.ts";
import { leb, readBodies, readSections, SECTION } from "./sections.ts";
import type { Code, CursorHook } from "./site_code.ts";
import { CursorRenderer, findIndices, type Rendered, renderGuard } from "./site_rendering.ts";

/** What sites expand to. */
export interface SiteCode {
  /** Empty where PCs are not traced in this way. */
  readonly cursors: ReadonlyMap<CursorHook, Code>;
  /** Of hooks that are functions of the module: what is done in front of a call. */
  readonly guards: ReadonlyMap<HookName, Code>;
  /** The places of these hooks among the functions that the module defines. */
  readonly ordinals: ReadonlyMap<HookName, number>;
}

/** A hook that is a function of the module. */
interface GuardedHook {
  readonly params: number;
  /** What surrounds a call and its operands. */
  readonly guard: Rendered;
}

/**
 * Expands the sites of a module. Gives the parts of the binary that comes of it.
 *
 * @param parameters numbers of parameters of the functions with hooks, by their place among those that the module defines
 */
export function expandSites(
  bytes: Uint8Array<ArrayBuffer>,
  { cursors, guards, ordinals }: SiteCode,
  parameters: ReadonlyMap<number, number>,
): readonly Uint8Array[] {
  const sections = readSections(bytes);
  const section = sections.find(({ id }) => id === SECTION.code);
  if (!section || parameters.size === 0) return [bytes];
  const indices = findIndices(bytes, sections);
  const calls = new Map<number, GuardedHook>();
  for (const [hook, code] of guards) {
    const params = HOOKS[hook].length;
    calls.set(indices.importedFunctions + (ordinals.get(hook) ?? 0), { params, guard: renderGuard(code, indices) });
  }
  const pcArea = indices.globals.get("pc_area") ?? -1;
  const expansion = new Expansion(bytes, pcArea, new CursorRenderer(indices, cursors), calls);
  const bodies = readBodies(bytes, sections);
  const code = [Uint8Array.from(leb(bodies.length))];
  bodies.forEach(({ start, end }, k) => {
    const count = parameters.get(k);
    const body = count === undefined ? bytes.subarray(start, end) : expansion.run(start, end, count);
    code.push(Uint8Array.from(leb(body.length)), body);
  });
  const length = code.reduce((sum, part) => sum + part.length, 0);
  const header = Uint8Array.of(SECTION.code, ...leb(length));
  return [bytes.subarray(0, section.header), header, ...code, bytes.subarray(section.end)];
}

/** One function after the other. */
class Expansion {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly pcArea: number;
  private readonly renderer: CursorRenderer;
  private readonly calls: ReadonlyMap<number, GuardedHook>;
  private readonly out = new Bytes();
  /** Offsets of the last operators. */
  private readonly operators = new Int32Array(RECENT);

  /** @param calls hooks by the indices of their functions */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    pcArea: number,
    renderer: CursorRenderer,
    calls: ReadonlyMap<number, GuardedHook>,
  ) {
    this.bytes = bytes;
    this.pcArea = pcArea;
    this.renderer = renderer;
    this.calls = calls;
  }

  /** @returns the body of a function with so many parameters */
  run(start: number, end: number, parameters: number): Uint8Array<ArrayBuffer> {
    const { bytes, out } = this;
    out.clear();
    const cursor = new Cursor(bytes, start);
    const groups = cursor.u32();
    const declared = cursor.position;
    let locals = parameters;
    for (let n = groups; n > 0; n--) {
      locals += cursor.u32();
      cursor.skipValueType();
    }
    const { added, hooks } = this.renderer.behind(locals);
    out.number(groups + added.length);
    out.append(bytes.subarray(declared, cursor.position));
    for (const { type, count } of added) {
      out.number(count);
      out.byte(type);
    }
    this.copy(cursor, end, hooks);
    return out.written().slice();
  }

  private copy(cursor: Cursor, end: number, hooks: ReadonlyMap<CursorHook, Rendered>): void {
    const { bytes, out, pcArea, calls, operators } = this;
    let copied = cursor.position;
    let count = 0;
    /** Puts code around that from one offset to another. */
    const surround = (from: number, to: number, [before, after]: Rendered): void => {
      out.append(bytes.subarray(copied, from));
      out.append(before);
      out.append(bytes.subarray(from, to));
      out.append(after);
      copied = cursor.position;
    };
    while (cursor.position < end) {
      const at = cursor.position;
      const opcode = cursor.opcode();
      if (!cursor.skipImmediates(opcode)) throw new Error(`opcode ${opcode} in a function with hooks`);
      if (opcode === OP.global_set && indexAt(bytes, at) === pcArea) {
        const previous = operators[(count - 1) % RECENT] ?? 0;
        const hook = HOOK_OF[bytes[previous] ?? 0] ?? "__kcov_cursor_check";
        const from = hook === "__kcov_cursor_trace_pc" ? (operators[(count - 2) % RECENT] ?? 0) : previous;
        const to = hook === "__kcov_cursor_trace_pc" ? previous : hook === "__kcov_cursor_reload" ? at : from;
        surround(from, to, hooks.get(hook) ?? NOTHING);
      } else if (opcode === OP.call) {
        const callee = calls.get(indexAt(bytes, at));
        if (callee) surround(this.startOfOperands(count, callee.params), cursor.position, callee.guard);
      }
      operators[count++ % RECENT] = at;
    }
    out.append(bytes.subarray(copied, end));
  }

  /** Where the operands of a hook begin, which end with the operator before the `count`-th one. */
  private startOfOperands(count: number, params: number): number {
    const { bytes, operators } = this;
    let missing = params;
    for (let k = 1; k <= RECENT; k++) {
      const at = operators[(count - k) % RECENT] ?? 0;
      const taken = OPERANDS_OF[bytes[at] ?? 0];
      if (taken === undefined) break;
      missing += taken - 1;
      if (missing === 0) return at;
    }
    throw new Error("operands of a hook are made in a way that is not known here");
  }
}

/** Operators that are remembered: more than the operands of any hook. */
const RECENT = 16;

/** How many operands the operators take that operands of hooks (Operand in ir.ts) are made of. Each gives one value. */
const OPERANDS_OF: Readonly<Record<number, number>> = {
  ...{ [OP.local_get]: 0, [OP.global_get]: 0, [OP.i32_const]: 0, [OP.i64_const]: 0 },
  ...{ [OP.i32_wrap_i64]: 1, [OP.i64_extend_i32_u]: 1, [OP.i32_add]: 2, [OP.i64_add]: 2 },
};

/** The index behind an opcode of one byte. */
function indexAt(bytes: Uint8Array, at: number): number {
  return new Cursor(bytes, at + 1).u32();
}

/** What an assignment to `pc_area` stands for, by the operator in front of it. */
const HOOK_OF: Readonly<Record<number, CursorHook>> = {
  [OP.i64_clz]: "__kcov_cursor_trace_pc",
  [OP.i64_const]: "__kcov_cursor_reload",
};
const NOTHING: Rendered = [new Uint8Array(0), new Uint8Array(0)];
