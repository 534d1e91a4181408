/** What the loader of a Node.js program is given. */

import type { LoaderOptions } from "../options.ts";

export interface NodeLoaderOptions extends LoaderOptions {
  /** A worker is about to start. @returns what runs in it first; undefined: it starts as it would */
  worker?(): WorkerPlan | undefined;
  /** A child process is about to start. @returns variables of its environment to set */
  child?(start: ChildStart): Readonly<Record<string, string>> | undefined;
  /**
   * This thread ends, all of the program's own handlers have run: once (in Deno and Bun perhaps more often), and nothing may be
   * awaited. A worker that is terminated, and a process that is killed or aborts, have no such moment.
   */
  end?(reason: EndReason): void;
  /** Where it is noted what becomes of signals, with {@link end}: see signal_notes.ts. */
  signalDirectory?: string | undefined;
  /**
   * Finds places of a module in what it was transformed to. Stacks of errors that nobody catches have those of the original
   * then.
   */
  findPlaces?(original: Uint8Array<ArrayBuffer>, binary: Uint8Array<ArrayBuffer>): PlaceFinder;
}

/** From places in a module that was transformed to those in the original: index of a function, and offset in the file. */
export interface PlaceFinder {
  /** Whether it is a place in the transformed module at all. */
  has(place: { readonly func: number; readonly offset: number }): boolean;
  /** @returns undefined where the original has nothing */
  of(place: {
    readonly func: number;
    readonly offset: number;
  }): { readonly func: number; readonly offset: number } | undefined;
}

/** How a thread ends: "exit" by itself, by `process.exit` or for an error; else the signal that ends the process. */
export type EndReason = "exit" | NodeJS.Signals;

/** What happens to a worker. */
export interface WorkerPlan {
  /** Absolute path of a CommonJS file that runs before anything else in the worker. */
  readonly preload: string;
  /** What {@link workerSetup} gives there: a structured clone. */
  readonly setup: unknown;
  /** The worker has ended, however it did. */
  ended?(): void;
}

/** A child process, as the program starts it. */
export interface ChildStart {
  /** File, or command that is looked up. */
  readonly file: string;
  /** Arguments, without the file. */
  readonly args: readonly string[];
  /** The child's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory that it starts in. */
  readonly cwd: string;
}
