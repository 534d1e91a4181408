/** What `test.coverage` may say besides what vitest knows. */

import type { JavaScriptProvider } from "./wrapped.ts";

export interface WasmCoverageOptions {
  /** Globs of the modules to cover: paths, names, packages. Default: all but those in node_modules. */
  modules?: readonly string[];
  /** Globs of modules not to cover. */
  excludeModules?: readonly string[];
  /** Count only whether code ran. */
  hits?: boolean;
  /** Write `per-test.json`: which test reached which functions and lines. */
  perTest?: boolean;
  /** The provider for JavaScript to wrap; false: none. Default: the one that is installed, v8 before istanbul. */
  javascript?: JavaScriptProvider | false;
  /** Also sources whose files are missing, and the text of functions without debug information. */
  allSources?: boolean;
  /** Prefixes of source paths, and what they are here: `FROM=TO`. */
  pathMap?: readonly string[];
}

/** What reports are made with. */
export interface WasmCoverageContext {
  /** The folder of the project. */
  readonly root: string;
  readonly reportsDirectory: string;
  readonly options: WasmCoverageOptions;
  readonly note: (line: string) => void;
}
