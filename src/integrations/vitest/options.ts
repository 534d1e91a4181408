/** Options of `test.coverage` in addition to vitest's own. */

import type { JavaScriptProvider } from "./wrapped.ts";

export interface WasmCoverageOptions {
  /** Globs of the modules to cover: paths, names, packages. Default: all except those in node_modules. */
  modules?: readonly string[];
  /** Globs of modules not to cover. */
  excludeModules?: readonly string[];
  /** Count only whether code ran. */
  hits?: boolean;
  /** Write `per-test.json`: which test reached which functions and lines. */
  perTest?: boolean;
  /** The provider for JavaScript to wrap; false for none. Default: an installed one, preferably v8. */
  javascript?: JavaScriptProvider | false;
  /** Include sources whose files are missing, and the text of functions without debug information. */
  allSources?: boolean;
  /** Prefixes of source paths, and their replacements on this machine: `FROM=TO`. */
  pathMap?: readonly string[];
}

/** What is needed to make reports. */
export interface WasmCoverageContext {
  /** The folder of the project. */
  readonly root: string;
  readonly reportsDirectory: string;
  readonly options: WasmCoverageOptions;
  readonly note: (line: string) => void;
}
