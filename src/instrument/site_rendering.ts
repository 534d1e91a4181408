/** The hooks' code (site_code.ts) with the indices of one module. */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { Bytes, concat } from "./bytes.ts";
import { EXTERNAL, readImports } from "./imports.ts";
import { Cursor, OP } from "./operators.ts";
import { leb, SECTION, type Section } from "./sections.ts";
import { type Code, type CursorHook, type Piece, REGISTERS } from "./site_code.ts";

/** What the code refers to in the module. */
export interface Indices {
  readonly memory: number;
  readonly globals: ReadonlyMap<string, number>;
  /** Functions that the module imports. */
  readonly importedFunctions: number;
}

/** Of several imports of a name the last one is the pass's. */
export function findIndices(bytes: Uint8Array, sections: readonly Section[]): Indices {
  const section = sections.find(({ id }) => id === SECTION.import);
  const cursor = new Cursor(bytes, section?.start ?? bytes.length);
  const globals = new Map<string, number>();
  let memory = -1;
  let importedFunctions = 0;
  for (const { module, name, kind, index } of readImports(cursor)) {
    if (kind === EXTERNAL.function) importedFunctions++;
    if (module !== IMPORT_MODULE) continue;
    if (kind === EXTERNAL.memory && name === "memory") memory = index;
    if (kind === EXTERNAL.global) globals.set(name, index);
  }
  return { memory, globals, importedFunctions };
}

/** What comes before a site's pc, or the call of a hook, and behind it. */
export type Rendered = readonly [before: Uint8Array, after: Uint8Array];

/** The code of cursors in functions of so many locals, and the locals that it needs. */
interface Renderings {
  readonly added: readonly { readonly type: number; readonly count: number }[];
  readonly hooks: ReadonlyMap<CursorHook, Rendered>;
}

/** What surrounds the call of a hook, so that nothing is called where no values are traced. */
export function renderGuard({ pieces }: Code, indices: Indices): Rendered {
  const condition = pieces.flatMap((piece) => (piece === "pc" ? [] : [renderPiece(piece, NO_LOCALS, indices)]));
  return [concat([...condition, Uint8Array.of(OP.if, NO_RESULT)]), Uint8Array.of(OP.end)];
}

const NO_LOCALS = (): number => 0;
/** Type of a block without operands and results. */
const NO_RESULT = 0x40;

/** Renders the code of cursors for functions, once for all that have as many locals. */
export class CursorRenderer {
  private readonly indices: Indices;
  private readonly code: ReadonlyMap<CursorHook, Code>;
  private readonly known = new Map<number, Renderings>();

  constructor(indices: Indices, code: ReadonlyMap<CursorHook, Code>) {
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
      else out.append(renderPiece(piece, locals, this.indices));
    }
    return [before.written(), after.written()];
  }
}

function renderPiece(
  piece: Exclude<Piece, "pc">,
  locals: (local: number) => number,
  { memory, globals }: Indices,
): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if ("global" in piece) return Uint8Array.of(OP.global_get, ...leb(globals.get(piece.global) ?? 0));
  if ("local" in piece) return Uint8Array.of(piece.opcode, ...leb(locals(piece.local)));
  const { opcode, align, offset } = piece;
  const target = memory === 0 ? leb(align) : [...leb(align | HAS_MEMORY), ...leb(memory)];
  return Uint8Array.of(opcode, ...target, ...leb(offset));
}

/** In the alignment of an access: the index of a memory follows. */
const HAS_MEMORY = 0x40;

/** Locals that a function with sites gets behind its own: the registers, and temporaries that all hooks share. */
class Temporaries {
  readonly groups: { type: number; count: number; first: number }[];

  constructor(first: number, code: ReadonlyMap<CursorHook, Code>) {
    const counts = new Map<number, number>(code.size === 0 ? [] : [[I32, REGISTERS]]);
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
