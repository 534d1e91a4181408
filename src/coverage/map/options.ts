/** Options that determine which sources are part of a coverage map, and how they are named there. */

import type { FileAccess } from "../sources/access.ts";
import type { Demangle } from "../sources/demangle.ts";

export interface CoverageMapOptions {
  /** How sources, maps and separate debug information are read. Default: only what modules contain is used. */
  readonly files?: FileAccess;
  /** How names are demangled. Default: they stay as they are. */
  readonly demangle?: Demangle;
  /** Globs of source files, absolute or from the working directory. Default: all. */
  readonly include?: readonly string[];
  /** Globs of source files that are left out, in the same form. Default: none. */
  readonly exclude?: readonly string[];
  /** Include sources whose files are missing, and the text of functions without debug information. Default: false. */
  readonly allSources?: boolean;
  /** Prefixes of source paths, as compiled, and their replacements on this machine. */
  readonly pathMap?: readonly (readonly [from: string, to: string])[];
  /** Path of a symbol map (`emcc --emit-symbol-map`) for modules without names. */
  readonly symbolMap?: string;
  /** Called with a sentence about each thing that is left out or cannot be read. */
  readonly note?: (line: string) => void;
}

/**
 * Parses `FROM=TO`.
 *
 * @returns undefined if there is no `=`, or nothing before it
 */
export function parsePathMap(text: string): [from: string, to: string] | undefined {
  const equals = text.indexOf("=");
  return equals > 0 ? [text.slice(0, equals), text.slice(equals + 1)] : undefined;
}
