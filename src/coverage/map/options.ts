/** What decides which sources are part of a coverage map, and what they are called there. */

import type { FileAccess } from "../sources/access.ts";
import type { Demangle } from "../sources/demangle.ts";

export interface CoverageMapOptions {
  /** How sources, maps and separate debug information are read. Default: only what modules carry themselves. */
  readonly files?: FileAccess;
  /** How mangled names are read. Default: they stay as they are. */
  readonly demangle?: Demangle;
  /** Globs of source files, absolute or from the working directory. Default: all. */
  readonly include?: readonly string[];
  /** Globs of source files that are left out, in the same form. Default: none. */
  readonly exclude?: readonly string[];
  /** Also sources whose files are missing, and the text of functions that no debug information describes. Default: false. */
  readonly allSources?: boolean;
  /** What paths of sources begin with, and what they shall begin with instead: as compiled, as they are here. */
  readonly pathMap?: readonly (readonly [from: string, to: string])[];
  /** Path of a symbol map (`emcc --emit-symbol-map`) for modules without names. */
  readonly symbolMap?: string;
  /** Told what is left out or cannot be read, a sentence each. */
  readonly note?: (line: string) => void;
}

/**
 * Reads `FROM=TO`.
 *
 * @returns undefined where there is no `=` after something
 */
export function parsePathMap(text: string): [from: string, to: string] | undefined {
  const equals = text.indexOf("=");
  return equals > 0 ? [text.slice(0, equals), text.slice(equals + 1)] : undefined;
}
