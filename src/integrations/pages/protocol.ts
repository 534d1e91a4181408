/**
 * What a page and its server say to each other. All of it goes through requests to one path of the page's own origin:
 *
 *     POST ENDPOINT/module    body: a module; header SOURCE_HEADER: where it came from, as JSON
 *                             answer: the module instrumented, or 204 if it stays as it is
 *     POST ENDPOINT/counts    body: a {@link PageReport}
 *     POST ENDPOINT/worker    body: the URL of a worker that is about to start; the server puts the script in front of it
 *     GET  ENDPOINT/register.js   the script
 *
 * Reports add up: each has what was counted since the one before, so that a page may end at any time.
 */

/** Path that requests go to unless there is another one. */
export const DEFAULT_ENDPOINT = "/__wasm_kcov__";

export const MODULE_PATH = "/module";
export const COUNTS_PATH = "/counts";
export const WORKER_PATH = "/worker";
export const SCRIPT_PATH = "/register.js";

/** Where a module came from: a `ModuleSource` of the loader, as JSON in URI encoding. */
export const SOURCE_HEADER = "x-wasm-kcov-source";
/** What the engine can run: "memory" or "globals", a form of `counterStorage`. */
export const STORAGE_HEADER = "x-wasm-kcov-storage";

/** What the page's script is told. */
export interface PageSettings {
  /** Path that requests go to; undefined: nobody serves the page, and modules come instrumented or not at all. */
  readonly endpoint?: string | undefined;
  /** How often counts are sent, in milliseconds. */
  readonly interval?: number | undefined;
}

/** What was counted since the last report. */
export interface PageReport {
  /** The page, or the worker. */
  readonly url: string;
  readonly modules: readonly ModuleReport[];
  /** Modules that came instrumented, and that no report has told of. */
  readonly instrumented?: readonly InstrumentedReport[];
  /** What is not covered, and why: a line each. */
  readonly notes: readonly string[];
}

/** A module that was instrumented before it was served. */
export interface InstrumentedReport {
  /** Its pc table, in base64. */
  readonly pcTable: string;
  readonly url?: string | undefined;
  readonly script?: string | undefined;
}

/** What a module counted. */
export interface ModuleReport {
  /** The first eight bytes of the original's SHA-256, in hexadecimal. */
  readonly id: string;
  /** The same of the pc table. */
  readonly table: string;
  /** How many counters it has. */
  readonly length: number;
  /** Their counts, encoded as in a profile, in base64. */
  readonly counts: string;
}
