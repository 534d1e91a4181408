/**
 * Runs the pass on a thread whose stack is a hundred times as large, for modules that nest deeper than this thread's
 * stack allows. The caller cannot await promises (`new WebAssembly.Module` does not), so it blocks without its event
 * loop.
 */

import { InstrumentError, type InstrumentErrorCode } from "../../errors.ts";
import type { Settings } from "../options.ts";
import { readPcTable } from "../read_pc_table.ts";
import type { InstrumentResult } from "../result.ts";

/** The input of the thread. */
export interface DeepWork {
  readonly bytes: Uint8Array;
  readonly settings: Settings;
  /** The port to which the answer is posted. */
  readonly port: MessagePort;
  /** One word that says how far the thread is. */
  readonly progress: Int32Array;
}

/** Values of the word. */
export const WAITING = 0;
export const STARTED = 1;
export const ANSWERED = 2;

/** The thread's answer: a result without its table, which is in the binary, or what was thrown. */
export type DeepAnswer =
  | { readonly result: Omit<InstrumentResult, "pcTable"> }
  | {
      readonly code: InstrumentErrorCode;
      readonly message: string;
      readonly function?: number;
      readonly offset?: number;
    };

/** Size of the stack. A level of nesting takes 0.4 KB; Binaryen's own stack is exhausted before this one. */
const STACK_MB = 256;
/** A thread that has not started by then never will. */
const START_SECONDS = 60;
/** The slowest speed that is waited for. Deeply nested code takes a thousand times as long as other code. */
const LEAST_BYTES_PER_SECOND = 5_000;

/** The parts of node:worker_threads that are used, taken before a program or its tracer can replace them. */
interface Threads {
  Worker: new (
    url: URL,
    options: object,
  ) => { unref(): void; terminate(): Promise<number>; on(event: "error", listener: () => void): void };
  MessageChannel: typeof MessageChannel;
  receiveMessageOnPort(port: MessagePort): { message: unknown } | undefined;
}

const threads = findThreads();

/** @returns undefined if no thread can be started for which this one could wait */
export function instrumentOnDeepThread(bytes: Uint8Array, settings: Settings): InstrumentResult | undefined {
  if (threads === undefined) return undefined;
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new threads.MessageChannel();
  const work: DeepWork = { bytes, settings, port: port2, progress };
  const worker = new threads.Worker(threadProgram(), {
    workerData: work,
    transferList: [port2],
    resourceLimits: { stackSizeMb: STACK_MB },
    execArgv: [],
    env: {},
    stdout: true,
    stderr: true,
  });
  worker.unref();
  worker.on("error", () => {});
  try {
    waitWhile(progress, WAITING, START_SECONDS);
    waitWhile(progress, STARTED, START_SECONDS + bytes.length / LEAST_BYTES_PER_SECOND);
    return resultOf(threads.receiveMessageOnPort(port1)?.message as DeepAnswer | undefined);
  } finally {
    port1.close();
    void worker.terminate();
  }
}

function waitWhile(progress: Int32Array, state: number, seconds: number): void {
  Atomics.wait(progress, 0, state, 1000 * seconds);
}

function resultOf(answer: DeepAnswer | undefined): InstrumentResult {
  if (answer === undefined) {
    throw new InstrumentError("ERR_UNSUPPORTED", "its code nests deeply, and the thread for such code did not answer");
  }
  if ("code" in answer) throw new InstrumentError(answer.code, answer.message, answer);
  const { result } = answer;
  let table: InstrumentResult["pcTable"] | undefined;
  return {
    ...result,
    get pcTable() {
      table ??= readPcTable(result.binary);
      return table;
    },
  };
}

/** The program beside this file, in source or built. Bundlers are not to find it: bundles for pages do not use it. */
function threadProgram(): URL {
  const suffix = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return new URL(["deep_main", suffix].join(""), import.meta.url);
}

function findThreads(): Threads | undefined {
  interface NodeProcess {
    getBuiltinModule?(name: string): unknown;
  }
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.("node:worker_threads") as Threads | undefined;
}
