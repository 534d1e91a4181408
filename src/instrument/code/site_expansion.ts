/** Puts the hooks' code at the sites of a binary (see site_code.ts). */

import type { HookName } from "../../abi/hooks.ts";
import { type ByteRange, SECTION } from "../../binary_format.ts";
import type { CursorHook, InlineHook } from "../../hooks/pieces.ts";
import { required } from "../required.ts";
import { CHECKED_KINDS, CheckCode, type CheckIndices, type FunctionChecks } from "../sanitize/check_code.ts";
import { checkIndices, type SanitizerPlaces, swapBodies } from "../sanitize/places.ts";
import { Assembler, NO_RESULT, TYPE } from "../wasm/assembler.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { ByteWriter, release, Spool, uleb } from "../wasm/bytes.ts";
import { OperatorKind, operatorKind } from "../wasm/operator_kinds.ts";
import { OP } from "../wasm/operators.ts";
import { readBodies, readSections, type Section } from "../wasm/sections.ts";
import { Copy, UnmatchedOperators } from "./copy.ts";
import type { CounterCode } from "./counter_code.ts";
import { type IdleForm, isTracing } from "./idle_code.ts";
import { COUNTER_STEPS, CURSOR_MARKERS, readCounterMarker, readMarker } from "./marker.ts";
import type { Code } from "./site_code.ts";
import {
  type ExtraLocals,
  ExtraLocalsFactory,
  findIndices,
  type Indices,
  type Needs,
  renderBody,
  renderPieces,
} from "./site_rendering.ts";
import { type Callee, ValueCode, type ValueContext } from "./value_code.ts";

/** What is to be added to a function that Binaryen wrote. */
export interface FunctionPlan extends Needs {
  readonly index: number;
  readonly parameters: number;
  /** Offset of the body in the original file. */
  readonly start: number;
  /** Kinds of the operators that `notes` describe: bit k for kind k. */
  readonly kinds: number;
  /** See value_plan.ts. */
  readonly notes: Uint8Array;
  /** Whether it reports that it was called indirectly: see {@link ValueCode.takePending}. */
  readonly announces: boolean;
  /** What it does while nothing is traced; undefined: each site checks by itself. */
  readonly idle: IdleForm | undefined;
  /** What the sanitizer does in it. */
  readonly checks: FunctionChecks | undefined;
}

/** Numbers of the original module's globals, and indices, among those defined, of the globals that the pass added. */
export interface ModuleGlobals {
  readonly original: { readonly imported: number; readonly defined: number };
  readonly pending: number | undefined;
  readonly counters: number | undefined;
  readonly dirty: number | undefined;
  readonly sanitizer: SanitizerPlaces | undefined;
}

/** What sites expand to. */
export interface SiteCode {
  /** Empty if PCs are not traced with a cursor. */
  readonly cursors: ReadonlyMap<CursorHook, Code>;
  /** Bodies of the hooks that are functions, which Binaryen has written empty, by index among defined functions. */
  readonly bodies: ReadonlyMap<number, Code>;
  /** Hooks that are functions. */
  callees(indices: Indices): ReadonlyMap<HookName, Callee>;
  /** Index of the function that records a pc, if sites call one. */
  tracePc(indices: Indices): number | undefined;
  /** Code of a hook that is copied to its sites; undefined if the hook is called. */
  inline(hook: InlineHook): Code | undefined;
  /** How counters are incremented; undefined if there are none. */
  counters(indices: Indices): CounterCode | undefined;
  readonly pcBase: bigint;
  /** Whether functions may have bodies that run while nothing is traced. */
  readonly hasIdle: boolean;
}

/** Thrown for functions whose operators do not match their plan. */
export class UnmatchedFunctions extends Error {
  readonly functions: readonly { readonly index: number; readonly reason: string }[];

  constructor(functions: UnmatchedFunctions["functions"]) {
    super(functions.map(({ index, reason }) => `function ${index}: ${reason}`).join("; "));
    this.functions = functions;
  }
}

/**
 * Expands the sites of a module. Returns the parts of the resulting binary; what Binaryen wrote is used up.
 *
 * @param plans by the functions' indices among those that the module defines
 * @throws {UnmatchedFunctions}
 */
export function expandSites(
  bytes: Uint8Array<ArrayBuffer>,
  code: SiteCode,
  plans: ReadonlyMap<number, FunctionPlan>,
  globals: ModuleGlobals,
): readonly (Uint8Array | Spool)[] {
  const sections = readSections(bytes);
  const section = sections.find(({ id }) => id === SECTION.code);
  if (!section || (plans.size === 0 && code.bodies.size === 0 && !globals.sanitizer)) return [bytes];
  const expansion = new Expansion(bytes, sections, code, globals);
  const bodies = readBodies(bytes, sections);
  const contents = roomFor(bytes);
  contents.append(uleb(bodies.length));
  swapBodies(bodies.length, globals.sanitizer).forEach((k) => {
    const body = expansion.bodyOf(k, bodies[k] as ByteRange, plans.get(k));
    contents.append(uleb(body.length));
    contents.append(body);
  });
  if (expansion.unmatched.length > 0) throw new UnmatchedFunctions(expansion.unmatched);
  const before = bytes.slice(0, section.header);
  const header = Uint8Array.of(SECTION.code, ...uleb(contents.length));
  const behind = bytes.slice(section.end);
  release(bytes);
  return [before, header, contents instanceof ByteWriter ? contents.written() : contents, behind];
}

/** A buffer for the resulting code. */
function roomFor({ length }: Uint8Array): ByteWriter | Spool {
  if (length < LARGE) return new ByteWriter();
  try {
    return new Spool();
  } catch {
    // The process may not be allowed the address space that a spool reserves.
    return new ByteWriter();
  }
}

/** Expands one function after the other. */
class Expansion implements ValueContext {
  readonly hooks: ReadonlyMap<HookName, Callee>;
  readonly pending: number;
  readonly unmatched: { index: number; reason: string }[] = [];
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly code: SiteCode;
  private readonly indices: Indices;
  private readonly localsFactory: ExtraLocalsFactory;
  private readonly globals: ModuleGlobals;
  private readonly pcArea: number;
  private readonly tracePc: number;
  private readonly counters: number;
  private readonly counterCode: CounterCode | undefined;
  private readonly dirty: number;
  private readonly checks: CheckIndices | undefined;
  /** Code of the condition that something is traced. Empty if no function checks it. */
  private readonly isTracing: Uint8Array;
  /** The code that marks the page of the address in its only local. */
  private readonly mark: Pick<Code, "pieces">;
  private readonly out = new Assembler();

  constructor(bytes: Uint8Array<ArrayBuffer>, sections: readonly Section[], code: SiteCode, globals: ModuleGlobals) {
    const indices = findIndices(bytes, sections);
    const indexOf = (place: number | undefined): number =>
      place === undefined ? NO_INDEX : indices.imported.globals + place;
    this.bytes = bytes;
    this.code = code;
    this.indices = indices;
    this.counterCode = code.counters(indices);
    this.localsFactory = new ExtraLocalsFactory(indices, code.cursors, this.counterCode?.hasAddress ?? false);
    this.globals = globals;
    this.hooks = code.callees(indices);
    this.pcArea = code.cursors.size === 0 ? NO_INDEX : (indices.globals.get("pc_area") ?? NO_INDEX);
    this.tracePc = code.tracePc(indices) ?? NO_INDEX;
    this.pending = indexOf(globals.pending);
    this.counters = indexOf(globals.counters);
    this.dirty = indexOf(globals.dirty);
    this.checks = globals.sanitizer && checkIndices(globals.sanitizer, indices);
    this.isTracing = code.hasIdle ? isTracing(indices) : NOTHING;
    const getMap = Uint8Array.of(OP.global_get, ...uleb(Math.max(0, this.dirty)));
    const { pieces } = code.inline("__kcov_dirty_page") ?? { pieces: [] };
    this.mark = { pieces: pieces.map((piece) => ("local" in piece && piece.local === 0 ? getMap : piece)) };
  }

  /** @returns the body of a function; valid until the next call */
  bodyOf(place: number, { start, end }: ByteRange, plan: FunctionPlan | undefined): Uint8Array {
    const hook = this.code.bodies.get(place);
    if (hook) return renderBody(hook, this.indices);
    return plan ? this.run(start, end, plan) : this.bytes.subarray(start, end);
  }

  private run(start: number, end: number, plan: FunctionPlan): Uint8Array<ArrayBuffer> {
    const { bytes, out } = this;
    out.clear();
    const reader = new ByteReader(bytes, start);
    const groups = reader.uleb();
    const declared = reader.position;
    let locals = plan.parameters;
    for (let n = groups; n > 0; n--) {
      locals += reader.uleb();
      reader.skipValueType();
    }
    const extra = this.localsFactory.after(locals, plan);
    out.uleb(groups + extra.groups.length);
    out.copy(bytes, declared, reader.position);
    for (const { type, count } of extra.groups) {
      out.uleb(count);
      out.byte(type);
    }
    try {
      this.write(reader.position, end, extra, plan);
    } catch (error) {
      if (!(error instanceof UnmatchedOperators)) throw error;
      this.unmatched.push({ index: plan.index, reason: error.message });
    }
    return out.written();
  }

  /** Writes everything after the locals. Of two bodies the one without sites comes first, since it must be fast. */
  private write(start: number, end: number, extra: ExtraLocals, plan: FunctionPlan): void {
    const { bytes, out } = this;
    const instrumented = new Copy(bytes, start, out);
    const values = new ValueCode(this, instrumented, extra, plan.notes, plan.start);
    this.enter(extra, plan, values);
    if (plan.idle === "copies") {
      out.op(OP.block, NO_RESULT);
      out.append(this.isTracing);
      out.op(OP.br_if, 0);
      this.expand(new Copy(bytes, start, out), end, extra, plan, undefined);
      out.op(OP.return);
      out.op(OP.end);
    }
    this.expand(instrumented, end, extra, plan, values);
  }

  /**
   * Writes one copy of the code.
   *
   * @param values records values; undefined for the copy that runs while nothing is traced, which has no sites and is
   *   written without the `end` of the function. Counters count in both copies
   */
  private expand(copy: Copy, end: number, extra: ExtraLocals, plan: FunctionPlan, values: ValueCode | undefined): void {
    const { pcArea, counters, dirty } = this;
    const { firstCounter, idle } = plan;
    const kinds = values ? plan.kinds : 0;
    const tracePc = firstCounter === undefined && idle === undefined ? NO_INDEX : this.tracePc;
    const checks = this.checksOf(copy, extra, plan);
    checks?.enter();
    while (copy.reader.position < end) {
      const opcode = copy.next();
      const kind = operatorKind(opcode);
      if (checks && ((CHECKED_KINDS >> kind) & 1 || opcode === OP.return)) this.check(checks, copy, kind, opcode);
      if (kind === OperatorKind.globalSet) {
        const global = copy.indexAt(copy.at);
        if (global === pcArea) this.pcAt(copy, extra, plan, values);
        else if (global === counters) this.step(copy, extra);
        else if (global === dirty) this.markPage(copy, extra);
        else if ((kinds >> kind) & 1 && this.isOriginal(global)) values?.record(kind, opcode);
      } else if ((kinds >> kind) & 1) values?.record(kind, opcode);
      else if (opcode === OP.call && copy.indexAt(copy.at) === tracePc) this.pcAt(copy, extra, plan, values);
    }
    if (values?.isDone === false) throw new UnmatchedOperators();
    this.leave(checks, copy);
    copy.flush(values ? end : copy.at);
  }

  /** Expands the marker of a pc: an assignment to the area's global, or a call. */
  private pcAt(copy: Copy, extra: ExtraLocals, plan: FunctionPlan, values: ValueCode | undefined): void {
    if (!values) this.skipPc(copy, extra, plan);
    else if (copy.opcodeAt(copy.at) === OP.call) this.callPc(copy, extra, plan);
    else this.recordPc(copy, extra, plan);
  }

  private checksOf(copy: Copy, extra: ExtraLocals, { checks, start }: FunctionPlan): CheckCode | undefined {
    return this.checks && checks && new CheckCode(this.checks, copy, extra, checks, start);
  }

  /** Called in front of the `end` of a function, which is the current operator. */
  private leave(checks: CheckCode | undefined, copy: Copy): void {
    if (!checks) return;
    if (!checks.isDone) throw new UnmatchedOperators();
    copy.flush(copy.at);
    checks.leave();
  }

  /** Omits the marker of a pc, and counts if there is a counter. */
  private skipPc(copy: Copy, extra: ExtraLocals, { firstCounter }: FunctionPlan): void {
    copy.flush(copy.previous);
    copy.drop(copy.reader.position);
    if (firstCounter === undefined) return;
    const marker = copy.previousConstant();
    if (marker >= 0) this.count(extra, firstCounter + readMarker(marker).counter);
  }

  /** Writes the sanitizer's code before an operator. Assignments to globals that the pass added are ignored. */
  private check(checks: CheckCode, copy: Copy, kind: number, opcode: number): void {
    if (opcode === OP.return) {
      copy.flush(copy.at);
      checks.leave();
    } else if (kind !== OperatorKind.globalSet || this.isOriginal(copy.indexAt(copy.at))) checks.check();
  }

  /** Writes the code at the beginning of a function. */
  private enter(extra: ExtraLocals, { index, firstCounter, announces }: FunctionPlan, values: ValueCode): void {
    const { out } = this;
    if (firstCounter !== undefined && this.counterCode?.hasAddress) {
      out.op(OP.global_get, this.counters);
      out.op(OP.local_set, extra.counters);
    }
    if (announces) values.takePending(index);
  }

  private isOriginal(global: number): boolean {
    const { original } = this.globals;
    const defined = global - this.indices.imported.globals;
    return defined < 0 ? global < original.imported : defined < original.defined;
  }

  private recordPc(copy: Copy, extra: ExtraLocals, { start, firstCounter, idle }: FunctionPlan): void {
    const { out } = this;
    const { cursors } = extra;
    copy.flush(copy.previous);
    copy.drop(copy.reader.position);
    const marker = copy.previousConstant();
    if (marker < 0) {
      const isCheck = marker === Number(CURSOR_MARKERS.check);
      const [code] = required(cursors, isCheck ? "__kcov_cursor_check" : "__kcov_cursor_load");
      out.append(code);
      return;
    }
    const { place, hasCursor, counter } = readMarker(marker);
    const [before, after] = required(cursors, hasCursor ? "__kcov_cursor_trace_pc" : "__kcov_cursor_reload");
    this.guard(idle);
    out.append(before);
    this.pushPc(start + place);
    out.append(after);
    if (idle === "guard") out.op(OP.end);
    if (firstCounter !== undefined) this.count(extra, firstCounter + counter);
  }

  /** Expands a call that records a pc. Its constant is a marker if there are counters, otherwise the pc. */
  private callPc(copy: Copy, extra: ExtraLocals, { start, firstCounter, idle }: FunctionPlan): void {
    const { out } = this;
    copy.flush(copy.previous);
    this.guard(idle);
    const marker = firstCounter === undefined ? undefined : readMarker(copy.previousConstant());
    if (marker) {
      this.pushPc(start + marker.place);
      copy.drop(copy.at);
    }
    copy.flush(copy.reader.position);
    if (idle === "guard") out.op(OP.end);
    if (marker && firstCounter !== undefined) this.count(extra, firstCounter + marker.counter);
  }

  /** Begins a block that runs only while something is traced, and which ends with an `end`. */
  private guard(idle: IdleForm | undefined): void {
    if (idle !== "guard") return;
    this.out.append(this.isTracing);
    this.out.op(OP.if, NO_RESULT);
  }

  private step(copy: Copy, extra: ExtraLocals): void {
    copy.flush(copy.previous);
    copy.drop(copy.reader.position);
    const { index, step, held } = readCounterMarker(copy.previousConstant());
    const code = this.counterCode?.held;
    if (step === COUNTER_STEPS.load) code?.load(this.out, index, extra.held(held));
    else if (step === COUNTER_STEPS.heldCount) code?.step(this.out, index, extra.held(held));
    else this.count(extra, index, step === COUNTER_STEPS.flag);
  }

  private count(extra: ExtraLocals, index: number, isFlag = false): void {
    this.counterCode?.step(this.out, index, extra.counters, isFlag);
  }

  private markPage(copy: Copy, extra: ExtraLocals): void {
    const { out, indices, mark } = this;
    copy.flush(copy.at);
    copy.drop(copy.reader.position);
    const address = extra.temporary(TYPE.i32, 0);
    out.op(OP.local_set, address);
    renderPieces(out, mark, () => address, indices);
  }

  pushPc(offset: number): void {
    const { out, code } = this;
    if (code.pcBase === 0n) out.i64(offset);
    else out.i64Big(code.pcBase + BigInt(offset));
  }
}

/** Size in bytes from which on moving the code must not keep it in memory twice, since new pages take time. */
const LARGE = 4 << 20;

const NO_INDEX = -1;
const NOTHING = new Uint8Array(0);
