/** Puts the cursor's code where the sites of a binary are (see cursor_code.ts). */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { Bytes, concat } from "./bytes.ts";
import { type Code, type CursorCode, type CursorHook, type Piece, REGISTERS } from "./cursor_code.ts";
import { EXTERNAL, readImport } from "./imports.ts";
import { Cursor, OP } from "./operators.ts";
import { leb, readBodies, readSections, SECTION, type Section } from "./sections.ts";

/** What the code refers to in the module. */
interface Indices {
  memory: number;
  pcArea: number;
}

/**
 * Expands the sites of a module.
 *
 * @param parameters numbers of parameters of the functions with sites, by their place among those that the module defines
 */
export function expandCursors(
  bytes: Uint8Array<ArrayBuffer>,
  hooks: CursorCode,
  parameters: ReadonlyMap<number, number>,
): Uint8Array<ArrayBuffer> {
  const sections = readSections(bytes);
  const section = sections.find(({ id }) => id === SECTION.code);
  if (!section || parameters.size === 0) return bytes;
  const indices = findIndices(bytes, sections);
  const renderer = new Renderer(indices, hooks);
  const bodies = readBodies(bytes, sections);
  const code = [Uint8Array.from(leb(bodies.length))];
  const expanded = new Bytes();
  bodies.forEach(({ start, end }, k) => {
    const count = parameters.get(k);
    let body = bytes.subarray(start, end);
    if (count !== undefined) {
      expanded.clear();
      new Expansion(bytes, indices, renderer, expanded).run(start, end, count);
      body = expanded.written().slice();
    }
    code.push(Uint8Array.from(leb(body.length)), body);
  });
  const length = code.reduce((sum, part) => sum + part.length, 0);
  const header = Uint8Array.of(SECTION.code, ...leb(length));
  return concat([bytes.subarray(0, section.header), header, ...code, bytes.subarray(section.end)]);
}

/** Of several imports of a name the last one is the pass's. */
function findIndices(bytes: Uint8Array, sections: readonly Section[]): Indices {
  const indices = { memory: -1, pcArea: -1 };
  const section = sections.find(({ id }) => id === SECTION.import);
  const cursor = new Cursor(bytes, section?.start ?? bytes.length);
  let [memories, globals] = [0, 0];
  for (let n = cursor.u32(); n > 0; n--) {
    const { module, name, kind } = readImport(cursor);
    const isOurs = (wanted: string): boolean => module === IMPORT_MODULE && name === wanted;
    if (kind === EXTERNAL.memory && isOurs("memory")) indices.memory = memories;
    if (kind === EXTERNAL.global && isOurs("pc_area")) indices.pcArea = globals;
    if (kind === EXTERNAL.memory) memories++;
    if (kind === EXTERNAL.global) globals++;
  }
  return indices;
}

/** A hook's code in one function: what comes before the pc and behind it. */
type Rendered = readonly [before: Uint8Array, after: Uint8Array];

/** The hooks' code in functions of so many locals, and the locals that it needs. */
interface Renderings {
  readonly added: readonly { readonly type: number; readonly count: number }[];
  readonly hooks: ReadonlyMap<CursorHook, Rendered>;
}

/** One function. */
class Expansion {
  private readonly bytes: Uint8Array;
  private readonly indices: Indices;
  private readonly renderer: Renderer;
  private readonly out: Bytes;

  constructor(bytes: Uint8Array, indices: Indices, renderer: Renderer, out: Bytes) {
    this.bytes = bytes;
    this.indices = indices;
    this.renderer = renderer;
    this.out = out;
  }

  run(start: number, end: number, parameters: number): void {
    const { bytes, out } = this;
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
  }

  private copy(cursor: Cursor, end: number, rendered: ReadonlyMap<CursorHook, Rendered>): void {
    const { bytes, out, indices } = this;
    let copied = cursor.position;
    let [previous, beforePrevious] = [0, 0];
    while (cursor.position < end) {
      const at = cursor.position;
      const opcode = cursor.opcode();
      if (!cursor.skipImmediates(opcode)) throw new Error(`opcode ${opcode} in a function with sites`);
      if (opcode === OP.global_set && new Cursor(bytes, at + 1).u32() === indices.pcArea) {
        const kind = bytes[previous];
        const hook =
          kind === OP.i64_clz
            ? "__kcov_cursor_trace_pc"
            : kind === OP.i64_const
              ? "__kcov_cursor_reload"
              : "__kcov_cursor_check";
        const from = kind === OP.i64_clz ? beforePrevious : previous;
        const [before, after] = rendered.get(hook) ?? [NOTHING, NOTHING];
        out.append(bytes.subarray(copied, from));
        out.append(before);
        if (hook !== "__kcov_cursor_check") out.append(bytes.subarray(from, kind === OP.i64_clz ? previous : at));
        out.append(after);
        copied = cursor.position;
      }
      beforePrevious = previous;
      previous = at;
    }
    out.append(bytes.subarray(copied, end));
  }
}

/** Renders the hooks' code for functions, once for all that have as many locals. */
class Renderer {
  private readonly indices: Indices;
  private readonly code: CursorCode;
  private readonly known = new Map<number, Renderings>();

  constructor(indices: Indices, code: CursorCode) {
    this.indices = indices;
    this.code = code;
  }

  /** For a function that has `locals` locals so far. */
  behind(locals: number): Renderings {
    const known = this.known.get(locals);
    if (known) return known;
    const added = new Temporaries(locals, this.code);
    const hooks = new Map([...this.code].map(([hook, each]) => [hook, this.render(each, added.of(each))] as const));
    const made = { added: added.groups, hooks };
    this.known.set(locals, made);
    return made;
  }

  private render({ pieces }: Code, locals: (local: number) => number): Rendered {
    const [before, after] = [new Bytes(), new Bytes()];
    let out = before;
    for (const piece of pieces) {
      if (piece === "pc") out = after;
      else out.append(this.renderPiece(piece, locals));
    }
    return [before.written(), after.written()];
  }

  private renderPiece(piece: Exclude<Piece, "pc">, locals: (local: number) => number): Uint8Array {
    const { memory, pcArea } = this.indices;
    if (piece instanceof Uint8Array) return piece;
    if (piece === "pc_area") return Uint8Array.of(OP.global_get, ...leb(pcArea));
    if ("local" in piece) return Uint8Array.of(piece.opcode, ...leb(locals(piece.local)));
    const { opcode, align, offset } = piece;
    const target = memory === 0 ? leb(align) : [...leb(align | HAS_MEMORY), ...leb(memory)];
    return Uint8Array.of(opcode, ...target, ...leb(offset));
  }
}

const NOTHING = new Uint8Array(0);
/** In the alignment of an access: the index of a memory follows. */
const HAS_MEMORY = 0x40;

/** Locals that a function with sites gets behind its own: the registers, and temporaries that all hooks share. */
class Temporaries {
  readonly groups: { type: number; count: number; first: number }[];

  constructor(first: number, code: CursorCode) {
    const counts = new Map<number, number>([[I32, REGISTERS]]);
    for (const { temporaries } of code.values()) {
      for (const type of new Set(temporaries)) {
        const own = temporaries.filter((other) => other === type).length + (type === I32 ? REGISTERS : 0);
        counts.set(type, Math.max(counts.get(type) ?? 0, own));
      }
    }
    let next = first;
    this.groups = [...counts].map(([type, count]) => {
      const group = { type, count, first: next };
      next += count;
      return group;
    });
  }

  /** From a local of a hook to one of the function. */
  of({ temporaries }: Code): (local: number) => number {
    const places = new Map<number, number>();
    const locals = [...new Array<number>(REGISTERS).fill(I32), ...temporaries].map((type) => {
      const place = places.get(type) ?? 0;
      places.set(type, place + 1);
      return (this.groups.find((group) => group.type === type)?.first ?? 0) + place;
    });
    return (local) => locals[local] ?? 0;
  }
}

const I32 = 0x7f;
