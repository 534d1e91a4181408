/** From an offset in a module to a place in its sources, for traces, lists of sites and crash stacks. */

import type { CodeSources } from "./code_sources.ts";
import { findSources, type SourceOptions } from "./find_sources.ts";

/** A place in a source. */
export interface SourcePosition {
  /** As the debug information calls the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; undefined when it is not known. */
  readonly column: number | undefined;
  /** The function of the sources that the code was written in, which may have been inlined; undefined when it is not known. */
  readonly function: string | undefined;
}

export interface Locator {
  /**
   * @param offset of an operator, in bytes of the module's file
   * @returns undefined where no line is known
   */
  locate(offset: number): SourcePosition | undefined;
}

/**
 * Makes a locator from the debug information or source map of a module. Where there is neither it locates nothing.
 *
 * @throws {InstrumentError} it is no module
 */
export function createLocator(original: Uint8Array, options: SourceOptions = {}): Locator {
  const { debug } = findSources(original, options);
  return { locate: (offset) => debug && locateIn(debug, offset) };
}

function locateIn({ rows, files, copies, functions }: CodeSources, offset: number): SourcePosition | undefined {
  const row = rows.at(offset);
  const line = row < 0 ? 0 : (rows.line[row] as number);
  const file = row < 0 ? undefined : files[rows.file[row] as number];
  if (line === 0 || file === undefined) return undefined;
  // The last copy that has the offset is the innermost one.
  const copy = copies.findLast(({ ranges }) => ranges.some(([start, end]) => start <= offset && offset < end));
  const column = rows.column[row] as number;
  return {
    file: file.path,
    line,
    column: column === 0 ? undefined : column,
    function: copy && functions[copy.function]?.name,
  };
}
