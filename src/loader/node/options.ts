/** The options of a Node.js program's loader. */

import type { LoaderOptions } from "../options.ts";

export interface NodeLoaderOptions extends LoaderOptions {
  /** Called when a worker is about to start. @returns what runs in it first; undefined: it starts unchanged */
  worker?(): WorkerPlan | undefined;
  /** Called when a child process is about to start. @returns environment variables to set for it */
  child?(start: ChildStart): Readonly<Record<string, string>> | undefined;
  /**
   * Called once (in Deno and Bun perhaps more often) when this thread ends, after all of the program's own handlers;
   * nothing can be awaited. It is not called in a worker that is terminated, or a process that is killed or aborts.
   */
  end?(reason: EndReason): void;
  /** Directory in which, if there is an {@link end}, the handling of signals is recorded: see signal_notes.ts. */
  signalDirectory?: string | undefined;
  /** Maps places in a transformed module to the original. Stacks of uncaught errors then refer to the original. */
  findPlaces?(original: Uint8Array<ArrayBuffer>, binary: Uint8Array<ArrayBuffer>): PlaceFinder;
}

/** Maps places in a transformed module to the original: the index of a function, and an offset in the file. */
export interface PlaceFinder {
  /** Whether a place is in the transformed module at all. */
  has(place: { readonly func: number; readonly offset: number }): boolean;
  /** @returns the place in the original; undefined if there is none */
  of(place: {
    readonly func: number;
    readonly offset: number;
  }): { readonly func: number; readonly offset: number } | undefined;
}

/** How a thread ends: "exit" by itself, by `process.exit` or by an error; else the signal that ends the process. */
export type EndReason = "exit" | NodeJS.Signals;

/** What happens to a worker. */
export interface WorkerPlan {
  /** Absolute path of a CommonJS file that runs before anything else in the worker. */
  readonly preload: string;
  /** What {@link workerSetup} returns there, as a structured clone. */
  readonly setup: unknown;
  /** Called when the worker has ended, in whatever way. */
  ended?(): void;
}

/** A child process, as the program starts it. */
export interface ChildStart {
  /** A file, or a command to look up. */
  readonly file: string;
  /** Arguments, without the file. */
  readonly args: readonly string[];
  /** The child's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory in which it starts. */
  readonly cwd: string;
}
