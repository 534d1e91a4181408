/** From an offset in a module to a place in its sources, for traces, lists of sites and crash stacks. */

import { type CodeSources, copiesOfRows } from "./code_sources.ts";
import { findSources, type SourceOptions } from "./find_sources.ts";

/** A place in a source. */
export interface SourcePosition {
  /** As the debug information calls the file. */
  readonly file: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** The column, counted from 1; undefined when it is not known. */
  readonly column: number | undefined;
  /** The function of the sources that the code was written in, which may have been inlined; undefined when it is not known. */
  readonly function: string | undefined;
}

export interface Locator {
  /**
   * @param offset of an operator, in bytes of the module's file
   * @param end of the code that is meant: of what belongs to a line, what comes first; by default the operator alone
   * @returns undefined where no line is known
   */
  locate(offset: number, end?: number): SourcePosition | undefined;
}

/**
 * Makes a locator from the debug information or source map of a module. Where there is neither it locates nothing.
 *
 * @throws {InstrumentError} it is no module
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
