/** Finds the source location of an offset in a module, for traces, lists of sites and crash stacks. */

import { type CodeSources, copiesOfRows } from "./code_sources.ts";
import { findSources, type SourceOptions } from "./find_sources.ts";

/** A location in a source. */
export interface SourcePosition {
  /** The file's path according to the debug information. */
  readonly file: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** The column, counted from 1; undefined if it is not known. */
  readonly column: number | undefined;
  /** The source function in which the code was written, which may have been inlined; undefined if it is not known. */
  readonly function: string | undefined;
}

export interface Locator {
  /**
   * @param offset byte offset of an operator in the module's file
   * @param end end of the code in which the first part that belongs to a line is looked for; default: the operator only
   * @returns undefined if no line is known
   */
  locate(offset: number, end?: number): SourcePosition | undefined;
}

/**
 * Creates a locator from the debug information or source map of a module. If there is neither, it locates nothing.
 *
 * @throws {InstrumentError} it is not a module
 */
export function createLocator(original: Uint8Array, options: SourceOptions = {}): Locator {
  const { debug } = findSources(original, options);
  if (!debug) return { locate: () => undefined };
  const copyOf = copiesOfRows(debug);
  return { locate: (offset, end = offset + 1) => locateIn(debug, copyOf, offset, end) };
}

function locateIn(
  { rows, files, copies, functions }: CodeSources,
  copyOf: Int32Array,
  offset: number,
  end: number,
): SourcePosition | undefined {
  let row = rows.firstAfter(offset);
  while (row < rows.length && rows.line[row] === 0) row++;
  const file = files[rows.file[row] ?? -1];
  if (file === undefined || (rows.start[row] as number) >= end) return undefined;
  const line = rows.line[row] as number;
  const copy = copies[copyOf[row] as number];
  const column = rows.column[row] as number;
  return {
    file: file.path,
    line,
    column: column === 0 ? undefined : column,
    function: copy && functions[copy.function]?.name,
  };
}
