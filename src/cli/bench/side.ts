/** A side, one of the things that are compared: a program in one mode, in a process of its own. */

import type { InstrumentOptions } from "../../instrument/index.ts";
import type { ModeName } from "./modes.ts";

/** The program that is run repeatedly. */
export type Workload =
  /** An export with arguments. */
  | { readonly kind: "export"; readonly path: string; readonly invoke: string; readonly args: readonly string[] }
  /** An export that takes the address and the length of a file's contents, in memory that `malloc` gave. */
  | {
      readonly kind: "input";
      readonly path: string;
      readonly invoke: string;
      readonly input: string;
      readonly malloc: string;
    }
  /** A WASI program, in a new instance each time. */
  | { readonly kind: "command"; readonly path: string; readonly args: readonly string[] }
  /** A JavaScript program: the function that it exports, or all of it. */
  | { readonly kind: "script"; readonly path: string; readonly args: readonly string[] };

/** What the process of a side needs to know. */
export interface SideSetup {
  readonly mode: ModeName;
  readonly workload: Workload;
  /** Length of the area in words. */
  readonly size: number;
  readonly instrument: Omit<InstrumentOptions, "trace" | "link" | "pcBase">;
  /** Directory for instrumented modules, in which each mode has a subdirectory. */
  readonly cache: string;
}

/** What is known about a side before anything is measured. */
export interface SideFacts {
  /** What the first run returned, as text: the same on all sides, if the program is deterministic. */
  readonly result: string;
  /** Number of records of the first run; for inline counters, how many are not 0. */
  readonly events: number;
  /** Whether the area was too small for the first run. */
  readonly dropped: boolean;
  /** Size of the modules as they ran, in bytes. */
  readonly bytes: number;
  /** Milliseconds that instrumenting took. */
  readonly instrumentMs: number;
  /** Milliseconds that the engine takes to compile the modules, before it runs them. */
  readonly compileMs: number;
  /** Duration of the first run in nanoseconds. */
  readonly firstNs: number;
  /** Patterns for functions that match none in any of the modules. */
  readonly unmatched: readonly string[];
  /** Whether the program can be run again in the same process. */
  readonly repeatable: boolean;
}

/** Several runs of a program in a row. */
export interface Batch {
  readonly ns: number;
  readonly events: number;
  /** What the last run returned. */
  readonly result: string;
}

export interface Side {
  readonly name: string;
  readonly facts: SideFacts;
  run(iterations: number): Promise<Batch>;
  close(): void;
}

/** Messages from the process of a side. */
export type SideMessage =
  | { readonly kind: "ready"; readonly facts: SideFacts }
  | { readonly kind: "batch"; readonly batch: Batch }
  /** This engine cannot run the mode, and why. */
  | { readonly kind: "unavailable"; readonly reason: string }
  | { readonly kind: "failed"; readonly line: string; readonly exitCode: number };
