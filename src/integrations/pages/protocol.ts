/**
 * The protocol between a page and its server. All requests go to one path of the page's own origin:
 *
 *     POST ENDPOINT/module    body: a module; header SOURCE_HEADER: where it came from, as JSON
 *                             response: the instrumented module, or 204 if it stays as it is
 *     POST ENDPOINT/counts    body: a {@link PageReport}
 *     POST ENDPOINT/worker    body: the URL of a worker that is about to start; the server prepends the script to it
 *     GET  ENDPOINT/register.js   the script
 *
 * Reports are incremental: each has what was counted since the previous one, so that a page may end at any time.
 */

/** Default path for requests. */
export const DEFAULT_ENDPOINT = "/__wasm_kcov__";

export const MODULE_PATH = "/module";
export const COUNTS_PATH = "/counts";
export const WORKER_PATH = "/worker";
export const SCRIPT_PATH = "/register.js";

/** Where a module came from: a `ModuleSource` of the loader, as JSON in URI encoding. */
export const SOURCE_HEADER = "x-wasm-kcov-source";
/** What the engine supports: "memory" or "globals", a form of `counterStorage`. */
export const STORAGE_HEADER = "x-wasm-kcov-storage";

/** Settings of the page's script. */
export interface PageSettings {
  /** Path for requests; undefined if there is no server: then only modules that are already instrumented count. */
  readonly endpoint?: string | undefined;
  /** How often counts are sent, in milliseconds. */
  readonly interval?: number | undefined;
}

/** What was counted since the last report. */
export interface PageReport {
  /** URL of the page or worker. */
  readonly url: string;
  readonly modules: readonly ModuleReport[];
  /** Modules that were instrumented before they were served, and not reported before. */
  readonly instrumented?: readonly InstrumentedReport[];
  /** What is not covered, and why: one line each. */
  readonly notes: readonly string[];
}

/** A module that was instrumented before it was served. */
export interface InstrumentedReport {
  /** Its pc table, in base64. */
  readonly pcTable: string;
  readonly url?: string | undefined;
  readonly script?: string | undefined;
}

/** The counts of a module. */
export interface ModuleReport {
  /** The first eight bytes of the original's SHA-256, in hexadecimal. */
  readonly id: string;
  /** The first eight bytes of the pc table's SHA-256, in hexadecimal. */
  readonly table: string;
  /** The number of its counters. */
  readonly length: number;
  /** Their counts, encoded as in a profile, in base64. */
  readonly counts: string;
}
