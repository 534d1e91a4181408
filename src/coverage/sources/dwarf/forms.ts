/** Values of attributes. */

import { DW_FORM } from "./constants.ts";
import type { Reader } from "./reader.ts";
import type { Strings } from "./sections.ts";

/** What the encoding of values depends on. */
export interface Encoding {
  readonly is64: boolean;
  readonly addressSize: number;
  readonly version: number;
}

/** Forms whose value is an index into `.debug_addr`. */
export const ADDRESS_INDICES: ReadonlySet<number> = new Set([
  ...[DW_FORM.addrx, DW_FORM.addrx1, DW_FORM.addrx2, DW_FORM.addrx3, DW_FORM.addrx4, DW_FORM.GNU_addr_index],
]);

/** Forms whose value is an index into `.debug_str_offsets`. */
export const STRING_INDICES: ReadonlySet<number> = new Set([
  ...[DW_FORM.strx, DW_FORM.strx1, DW_FORM.strx2, DW_FORM.strx3, DW_FORM.strx4, DW_FORM.GNU_str_index],
]);

/** Forms whose value is an offset from the start of the unit. */
export const UNIT_REFERENCES: ReadonlySet<number> = new Set([
  ...[DW_FORM.ref1, DW_FORM.ref2, DW_FORM.ref4, DW_FORM.ref8, DW_FORM.ref_udata],
]);

/**
 * Reads a value. Numbers, offsets, references and indices are numbers; blocks and signatures are skipped.
 *
 * @returns undefined for what is skipped
 */
export function readForm(
  reader: Reader,
  form: number,
  implicit: number,
  encoding: Encoding,
  strings: Strings,
): number | string | undefined {
  switch (form) {
    case DW_FORM.string:
      return reader.text();
    case DW_FORM.strp:
      return strings.str.at(reader.offset(encoding.is64));
    case DW_FORM.line_strp:
      return strings.lineStr.at(reader.offset(encoding.is64));
    case DW_FORM.sdata:
      return reader.sleb();
    case DW_FORM.implicit_const:
      return implicit;
    case DW_FORM.flag_present:
      return 1;
    case DW_FORM.indirect:
      return readForm(reader, reader.uleb(), implicit, encoding, strings);
    default: {
      const size = sizeOf(form, encoding);
      if (size === LEB) return reader.uleb();
      if (size === 3) return reader.u24();
      if (size <= 8) return reader.unsigned(size);
      skipForm(reader, form, encoding);
      return undefined;
    }
  }
}

/** Moves a reader past a value. @throws {DamagedSection} the form is unknown */
export function skipForm(reader: Reader, form: number, encoding: Encoding): void {
  const size = sizeOf(form, encoding);
  if (size < LEB) reader.skip(size);
  else if (size === LEB) reader.skipLeb();
  else if (form === DW_FORM.string) reader.skipText();
  else if (form === DW_FORM.block1) reader.skip(reader.u8());
  else if (form === DW_FORM.block2) reader.skip(reader.u16());
  else if (form === DW_FORM.block4) reader.skip(reader.u32());
  else if (form === DW_FORM.block || form === DW_FORM.exprloc) reader.skip(reader.uleb());
  else if (form === DW_FORM.indirect) skipForm(reader, reader.uleb(), encoding);
  else throw reader.damaged(`a value of form 0x${form.toString(16)}`);
}

const LEB = 100;
const OTHER = 101;

const FIXED: ReadonlyMap<number, number> = new Map([
  ...[DW_FORM.flag_present, DW_FORM.implicit_const].map((form) => [form, 0] as const),
  ...[DW_FORM.data1, DW_FORM.flag, DW_FORM.ref1, DW_FORM.strx1, DW_FORM.addrx1].map((form) => [form, 1] as const),
  ...[DW_FORM.data2, DW_FORM.ref2, DW_FORM.strx2, DW_FORM.addrx2].map((form) => [form, 2] as const),
  ...[DW_FORM.strx3, DW_FORM.addrx3].map((form) => [form, 3] as const),
  ...[DW_FORM.data4, DW_FORM.ref4, DW_FORM.strx4, DW_FORM.addrx4, DW_FORM.ref_sup4].map((form) => [form, 4] as const),
  ...[DW_FORM.data8, DW_FORM.ref8, DW_FORM.ref_sig8, DW_FORM.ref_sup8].map((form) => [form, 8] as const),
  [DW_FORM.data16, 16],
  ...[DW_FORM.sdata, DW_FORM.udata, DW_FORM.ref_udata, DW_FORM.strx, DW_FORM.addrx].map((form) => [form, LEB] as const),
  ...[DW_FORM.loclistx, DW_FORM.rnglistx, DW_FORM.GNU_addr_index].map((form) => [form, LEB] as const),
  [DW_FORM.GNU_str_index, LEB],
]);

/** Size of a value in bytes; LEB or OTHER if it must be determined by reading. */
function sizeOf(form: number, { is64, addressSize, version }: Encoding): number {
  const fixed = FIXED.get(form);
  if (fixed !== undefined) return fixed;
  if (form === DW_FORM.addr) return addressSize;
  if (form === DW_FORM.ref_addr && version <= 2) return addressSize;
  if (form === DW_FORM.strp || form === DW_FORM.line_strp || form === DW_FORM.sec_offset) return is64 ? 8 : 4;
  if (form === DW_FORM.ref_addr || form === DW_FORM.strp_sup) return is64 ? 8 : 4;
  return OTHER;
}
