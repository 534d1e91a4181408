/** Line tables: the source line from which each byte of the code came. */

import { DW_FORM, DW_LNCT, DW_LNE, DW_LNS } from "./constants.ts";
import type { Reader } from "./reader.ts";
import type { Strings } from "./sections.ts";

/** A file to which lines belong. */
export interface FileEntry {
  /** The path as given to the compiler, including directories. */
  readonly path: string;
  /** The text itself, if the compiler embedded it. */
  readonly source: string | undefined;
}

export const ROW = { isStmt: 1, endSequence: 2 } as const;

/** The rows of one table in the order of the program, with one array per field. */
export class Rows {
  readonly address: number[] = [];
  /** Index into the table's files; −1 if there is none. */
  readonly file: number[] = [];
  /** Lines, from 1; 0 if the code belongs to no line. */
  readonly line: number[] = [];
  /** Columns, from 1; 0 if not known. */
  readonly column: number[] = [];
  /** Bits of {@link ROW}. */
  readonly flags: number[] = [];

  get length(): number {
    return this.address.length;
  }
}

export interface LineTable {
  /** Files by the numbers that rows and `DW_AT_decl_file` use: in version 4 the first one is at index 1. */
  readonly files: readonly (FileEntry | undefined)[];
  readonly rows: Rows;
  /** Offset of the next table. */
  readonly end: number;
}

interface Header {
  version: number;
  minInstructionLength: number;
  defaultIsStmt: boolean;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  opcodeLengths: number[];
  files: (FileEntry | undefined)[];
  addressSize: number;
}

/**
 * Reads the table at the position of a reader of `.debug_line`.
 *
 * @param compDir directory of the compilation, to which relative paths refer
 * @param rows where rows are added: they are kept even if the program turns out to be damaged
 * @throws {DamagedSection}
 */
export function readLineTable(reader: Reader, strings: Strings, compDir: string, rows: Rows = new Rows()): LineTable {
  const sectionEnd = reader.end;
  const { is64, end } = reader.unitLength();
  reader.end = end;
  const header = readHeader(reader, is64, strings, compDir);
  runProgram(reader, header, rows);
  reader.end = sectionEnd;
  reader.position = end;
  return { files: header.files, rows, end };
}

function readHeader(reader: Reader, is64: boolean, strings: Strings, compDir: string): Header {
  const version = reader.u16();
  if (version < 2 || version > 5) throw reader.damaged(`a line table of version ${version}`);
  let addressSize = 4;
  if (version >= 5) {
    addressSize = reader.u8();
    reader.skip(1);
  }
  const length = reader.offset(is64);
  const program = reader.position + length;
  if (program > reader.end) throw reader.damaged("a header that is longer than its table");
  const minInstructionLength = reader.u8();
  if (version >= 4) reader.skip(1);
  const defaultIsStmt = reader.u8() !== 0;
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  if (lineRange === 0) throw reader.damaged("a line range of 0");
  const opcodeLengths = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.u8());
  const files = version >= 5 ? filesOf5(reader, is64, strings, compDir) : filesOf4(reader, compDir);
  reader.position = program;
  return {
    ...{ version, addressSize, minInstructionLength, defaultIsStmt },
    ...{ lineBase, lineRange, opcodeBase, opcodeLengths, files },
  };
}

/** Up to version 4: lists of directories and files end with an empty name, and both are numbered from 1. */
function filesOf4(reader: Reader, compDir: string): (FileEntry | undefined)[] {
  const directories = [compDir];
  for (let name = reader.text(); name !== ""; name = reader.text()) directories.push(joinPath(compDir, name));
  const files: (FileEntry | undefined)[] = [undefined];
  for (let name = reader.text(); name !== ""; name = reader.text()) files.push(readFile4(reader, directories, name));
  return files;
}

function readFile4(reader: Reader, directories: readonly string[], name: string): FileEntry {
  const directory = directories[reader.uleb()] ?? "";
  reader.skipLeb();
  reader.skipLeb();
  return { path: joinPath(directory, name), source: undefined };
}

interface NamedFile {
  path: string;
  directory: number;
  source: string | undefined;
}

/** Version 5: tables with a description of their columns; both are numbered from 0. */
function filesOf5(reader: Reader, is64: boolean, strings: Strings, compDir: string): FileEntry[] {
  const directories: string[] = [];
  for (const { path } of readEntries(reader, is64, strings)) {
    directories.push(joinPath(directories[0] ?? compDir, path));
  }
  return readEntries(reader, is64, strings).map(({ path, directory, source }) => ({
    path: joinPath(directories[directory] ?? "", path),
    source,
  }));
}

function readEntries(reader: Reader, is64: boolean, strings: Strings): NamedFile[] {
  const format = Array.from({ length: reader.u8() }, () => ({ content: reader.uleb(), form: reader.uleb() }));
  const count = reader.uleb();
  if (count > reader.end - reader.position) throw reader.damaged(`${count} files`);
  return Array.from({ length: count }, () => {
    const entry: NamedFile = { path: "", directory: 0, source: undefined };
    for (const { content, form } of format) {
      const value = readEntryForm(reader, form, is64, strings);
      if (content === DW_LNCT.path) entry.path = String(value);
      else if (content === DW_LNCT.directory_index) entry.directory = Number(value);
      // An empty text stands for a file that the compiler could not embed.
      else if (content === DW_LNCT.LLVM_source && value !== "") entry.source = String(value);
    }
    return entry;
  });
}

function readEntryForm(reader: Reader, form: number, is64: boolean, strings: Strings): string | number {
  switch (form) {
    case DW_FORM.string:
      return reader.text();
    case DW_FORM.line_strp:
      return strings.lineStr.at(reader.offset(is64));
    case DW_FORM.strp:
      return strings.str.at(reader.offset(is64));
    case DW_FORM.udata:
      return reader.uleb();
    case DW_FORM.data1:
      return reader.u8();
    case DW_FORM.data2:
      return reader.u16();
    case DW_FORM.data4:
      return reader.u32();
    case DW_FORM.data8:
      return reader.u64();
    case DW_FORM.data16:
      reader.skip(16);
      return 0;
    case DW_FORM.block:
      reader.skip(reader.uleb());
      return 0;
    default:
      throw reader.damaged(`a file table with form ${form}`);
  }
}

/** The state machine of line programs. */
function runProgram(reader: Reader, header: Header, rows: Rows): void {
  const { minInstructionLength: unit, lineBase, lineRange, opcodeBase, opcodeLengths, files } = header;
  let address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let isStmt = header.defaultIsStmt;
  const addRow = (end: boolean): void => {
    rows.address.push(address);
    rows.file.push(file < files.length ? file : -1);
    rows.line.push(line);
    rows.column.push(column);
    rows.flags.push((isStmt ? ROW.isStmt : 0) | (end ? ROW.endSequence : 0));
  };
  while (!reader.atEnd) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += Math.floor(adjusted / lineRange) * unit;
      line += lineBase + (adjusted % lineRange);
      addRow(false);
    } else if (opcode === 0) {
      const next = reader.uleb() + reader.position;
      if (next > reader.end) throw reader.damaged("an opcode that is longer than its table");
      const extended = next === reader.position ? 0 : reader.u8();
      if (extended === DW_LNE.end_sequence) {
        addRow(true);
        address = 0;
        file = 1;
        line = 1;
        column = 0;
        isStmt = header.defaultIsStmt;
      } else if (extended === DW_LNE.set_address) address = reader.unsigned(next - reader.position);
      else if (extended === DW_LNE.define_file) files.push({ path: reader.text(), source: undefined });
      reader.position = next;
    } else if (opcode === DW_LNS.copy) addRow(false);
    else if (opcode === DW_LNS.advance_pc) address += reader.uleb() * unit;
    else if (opcode === DW_LNS.advance_line) line += reader.sleb();
    else if (opcode === DW_LNS.set_file) file = reader.uleb();
    else if (opcode === DW_LNS.set_column) column = reader.uleb();
    else if (opcode === DW_LNS.negate_stmt) isStmt = !isStmt;
    else if (opcode === DW_LNS.const_add_pc) address += Math.floor((255 - opcodeBase) / lineRange) * unit;
    else if (opcode === DW_LNS.fixed_advance_pc) address += reader.u16();
    // Other opcodes, and those of later versions, are not needed: their operands are skipped.
    else for (let n = opcodeLengths[opcode - 1] ?? 0; n > 0; n--) reader.skipLeb();
  }
}

/** Joins a directory and a path, unless that is absolute, which includes Windows' absolute paths. */
export function joinPath(directory: string, path: string): string {
  if (directory === "" || isAbsolute(path)) return path;
  if (path === "") return directory;
  return `${directory.replace(/[/\\]$/, "")}/${path}`;
}

function isAbsolute(path: string): boolean {
  return /^([/\\]|[A-Za-z]:[/\\]|[a-z][a-z0-9+.-]+:\/\/)/.test(path);
}
