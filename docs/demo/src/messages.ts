/** What the page and its workers say to each other. */

/** To the worker that runs modules. */
export type Order =
  /** Instruments a module and makes an instance of it; what it imports does nothing and returns 0. */
  | { type: "open"; name: string; bytes: Uint8Array<ArrayBuffer> }
  /** Opens SQLite with the glue code that its package has. */
  | { type: "open-sqlite" }
  | { type: "call"; name: string; args: readonly string[]; repeat: boolean }
  | { type: "query"; sql: string; repeat: boolean }
  | { type: "stop" };

/** An exported function, and what kinds of numbers it takes. */
export interface Callable {
  readonly name: string;
  readonly params: readonly string[];
}

/** From the worker that runs modules. */
export type News =
  | { type: "status"; text: string }
  /** A module was instrumented. */
  | { type: "module"; name: string; original: Uint8Array<ArrayBuffer>; table: Uint8Array<ArrayBuffer> }
  /** Its counters are in memory that the page can read while the module runs. */
  | { type: "memory"; memory: WebAssembly.Memory; length: number }
  /** The page cannot share memory with workers: its counters, when a call is over. */
  | { type: "counts"; counts: BigUint64Array<ArrayBuffer> }
  | { type: "opened"; exports: readonly Callable[]; stubbed: readonly string[] }
  | { type: "done"; text: string; milliseconds: number; repeats: boolean }
  | { type: "failed"; text: string };

/** To the worker that reads modules, and its answer. */
export interface ReadOrder {
  readonly original: Uint8Array<ArrayBuffer>;
  /** Which of the functions that the module defines. */
  readonly body: number;
}

/** The text of a function, or the lines of its source. */
export interface Listing {
  readonly body: number;
  readonly name: string;
  readonly lines: readonly string[];
  /** Offsets in the module that a line stands for; −1 for none. */
  readonly offsets: readonly number[];
}
