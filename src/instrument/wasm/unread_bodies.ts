/**
 * Bodies that Binaryen does not get to read: those of functions that the pass leaves unchanged. It reads a stub with
 * the same locals in place of each, and the body is put back into its output:
 *
 *     original ── stub ──▶ (func … unreachable) ── Binaryen ──▶ (func … unreachable) ── putBack ──▶ original, relocated
 *
 * A body refers to other parts of the module by indices: those of functions and globals, before which imports were
 * added; of types, which Binaryen sorts anew, omitting those that it sees no use of; and of a table and a memory, whose
 * indices stay. A body with any others (references, exceptions, garbage collection, segments) is read as usual.
 */

import { type ByteRange, SECTION } from "../../binary_format.ts";
import { Assembler } from "./assembler.ts";
import { ByteReader } from "./byte_reader.ts";
import { concat, release, uleb } from "./bytes.ts";
import { EXTERNAL, readImports } from "./imports.ts";
import { OP } from "./operators.ts";
import { encodeSection, readBodies, readSections, type Section } from "./sections.ts";
import { isReference, readFunctionTypes } from "./type_keys.ts";

export class UnreadBodies {
  private readonly original: Uint8Array;
  private readonly sections: readonly Section[];
  private readonly bodies: readonly ByteRange[];
  /** Indices among the functions that the module defines. */
  private readonly places: ReadonlySet<number>;
  private readonly types: readonly string[];

  /**
   * @param original a valid module; its memories keep their indices
   * @param isLeft whether the function with an index stays unchanged
   * @returns undefined if there is nothing to leave out
   */
  static of(
    original: Uint8Array,
    sections: readonly Section[],
    isLeft: (index: number) => boolean,
  ): UnreadBodies | undefined {
    const types = readFunctionTypes(original, sections);
    if (!types) return undefined;
    const bodies = readBodies(original, sections);
    const first = countImports(original, sections).functions;
    const places = bodies.flatMap(({ start, end }, k) =>
      isLeft(first + k) && isRelocatable(original, start, end) ? [k] : [],
    );
    return places.length === 0 ? undefined : new UnreadBodies(original, sections, bodies, new Set(places), types);
  }

  private constructor(
    original: Uint8Array,
    sections: readonly Section[],
    bodies: readonly ByteRange[],
    places: ReadonlySet<number>,
    types: readonly string[],
  ) {
    this.original = original;
    this.sections = sections;
    this.bodies = bodies;
    this.places = places;
    this.types = types;
  }

  /** Number of bodies that are left out. */
  get count(): number {
    return this.places.size;
  }

  /** A module with stubs. @param given the original, or one that differs from it in sections but not in functions */
  stub(given: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.withBodies(given, readSections(given), (_, start) => {
      const locals = skipPlainLocals(new ByteReader(given, start)) ?? start;
      return concat([given.subarray(start, locals), UNREACHABLE]);
    });
  }

  /** Puts the bodies back into what Binaryen made of a module with stubs. The argument is used up. */
  putBack(written: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const { original, bodies } = this;
    const sections = readSections(written);
    const [before, after] = [countImports(original, this.sections), countImports(written, sections)];
    const types = new TypeIndices(this.types, readFunctionTypes(written, sections) ?? []);
    const relocation: Relocation = {
      types,
      functions: shift(before.functions, after.functions),
      globals: shift(before.globals, after.globals),
    };
    const out = new Assembler();
    const whole = this.withBodies(written, sections, (k) => {
      const { start, end } = bodies[k] as ByteRange;
      out.clear();
      relocate(new ByteReader(original, start), end, relocation, out);
      return out.written().slice();
    });
    release(written);
    return types.addMissing(whole);
  }

  private withBodies(
    bytes: Uint8Array,
    sections: readonly Section[],
    instead: (place: number, start: number) => Uint8Array,
  ): Uint8Array<ArrayBuffer> {
    const code = sections.find(({ id }) => id === SECTION.code);
    if (!code) return concat([bytes]);
    const bodies = readBodies(bytes, sections);
    const parts = bodies.flatMap(({ start, end }, k) => {
      const body = this.places.has(k) ? instead(k, start) : bytes.subarray(start, end);
      return [uleb(body.length), body];
    });
    const section = encodeSection(SECTION.code, uleb(bodies.length), ...parts);
    return concat([bytes.subarray(0, code.header), ...section, bytes.subarray(code.end)]);
  }
}

const UNREACHABLE = Uint8Array.of(OP.unreachable, OP.end);

/** Numbers of functions and globals that a module imports. */
function countImports(bytes: Uint8Array, sections: readonly Section[]): { functions: number; globals: number } {
  const counts = { functions: 0, globals: 0 };
  for (const { kind } of readImports(bytes, sections)) {
    if (kind === EXTERNAL.function) counts.functions++;
    if (kind === EXTERNAL.global) counts.globals++;
  }
  return counts;
}

/** Maps an index to the output, where imports were added after those of the original, and before what it defines. */
function shift(before: number, after: number): (index: number) => number {
  return (index) => (index < before ? index : index + after - before);
}

/** Maps type indices of the original to those of the output, in which some types may be missing. */
class TypeIndices {
  private readonly keys: readonly string[];
  private readonly known: Map<string, number>;
  private readonly missing: string[] = [];
  private readonly present: number;

  constructor(keys: readonly string[], written: readonly string[]) {
    this.keys = keys;
    this.present = written.length;
    this.known = new Map(written.map((key, index) => [key, index]));
  }

  indexOf(original: number): number {
    const key = this.keys[original] as string;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.present + this.missing.length;
    this.known.set(key, index);
    this.missing.push(key);
    return index;
  }

  /** Adds the requested types that are missing. The argument is used up. */
  addMissing(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.missing.length === 0) return bytes;
    const section = readSections(bytes).find(({ id }) => id === SECTION.type) as Section;
    const reader = new ByteReader(bytes, section.start);
    const count = reader.uleb() + this.missing.length;
    const entries = this.missing.flatMap((key) => Array.from(key, (byte) => byte.charCodeAt(0)));
    const types = encodeSection(SECTION.type, uleb(count), bytes.subarray(reader.position, section.end), entries);
    const whole = concat([bytes.subarray(0, section.header), ...types, bytes.subarray(section.end)]);
    release(bytes);
    return whole;
  }
}

interface Relocation {
  readonly types: Pick<TypeIndices, "indexOf">;
  functions(index: number): number;
  globals(index: number): number;
}

function isRelocatable(bytes: Uint8Array, start: number, end: number): boolean {
  return relocate(new ByteReader(bytes, start), end, undefined, undefined);
}

/**
 * Copies a body with other indices.
 *
 * @param out undefined: only checks whether this is possible
 * @returns whether it is possible
 */
function relocate(reader: ByteReader, end: number, by: Relocation | undefined, out: Assembler | undefined): boolean {
  const { bytes } = reader;
  let copied = reader.position;
  const replace = (from: number, write: (to: Assembler) => void): void => {
    if (!out) return;
    out.copy(bytes, copied, from);
    write(out);
    copied = reader.position;
  };
  if (skipPlainLocals(reader) === undefined) return false;
  while (reader.position < end) {
    const opcode = reader.opcode();
    const at = reader.position;
    if (opcode >= OP.block && opcode <= OP.if) {
      const first = bytes[at] ?? 0;
      if (isReference(first)) return false;
      if (first >= 0x40 && first < 0x80) reader.position++;
      else {
        const type = reader.sleb();
        replace(at, (to) => to.sleb(by?.types.indexOf(type) ?? 0));
      }
    } else if (opcode === OP.call || opcode === OP.return_call) {
      const index = reader.uleb();
      replace(at, (to) => to.uleb(by?.functions(index) ?? 0));
    } else if (opcode === OP.call_indirect || opcode === OP.return_call_indirect) {
      const type = reader.uleb();
      replace(at, (to) => to.uleb(by?.types.indexOf(type) ?? 0));
      reader.skipLeb();
    } else if (opcode === OP.global_get || opcode === OP.global_set) {
      const index = reader.uleb();
      replace(at, (to) => to.uleb(by?.globals(index) ?? 0));
    } else if (!hasNoIndex(opcode) || !reader.skipImmediates(opcode)) return false;
  }
  out?.copy(bytes, copied, end);
  return true;
}

/** @returns the position after the declarations of locals, where the reader is; undefined if these refer to a type */
function skipPlainLocals(reader: ByteReader): number | undefined {
  for (let n = reader.uleb(); n > 0; n--) {
    reader.uleb();
    const type = reader.byte();
    if (isReference(type)) return undefined;
  }
  return reader.position;
}

/** Whether an operator's immediates mean the same in the output. Indices of memories other than the first stay, too. */
function hasNoIndex(opcode: number): boolean {
  if (opcode > 0xff) {
    const [prefix, code] = [opcode >> 16, opcode & 0xffff];
    if (prefix === 0xfc) return code < 8 || code === MEMORY_COPY || code === MEMORY_FILL;
    return prefix === 0xfd || prefix === 0xfe;
  }
  return (
    opcode <= 0x01 ||
    opcode === OP.else ||
    (opcode >= OP.end && opcode <= OP.return) ||
    opcode === DROP ||
    opcode === OP.select ||
    (opcode >= OP.local_get && opcode <= OP.local_tee) ||
    (opcode >= OP.i32_load && opcode <= 0xc4)
  );
}

const DROP = 0x1a;
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
