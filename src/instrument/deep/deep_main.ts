/** The program of the thread with a large stack (deep_thread.ts). */

import { InstrumentError } from "../../errors.ts";
import { wasInnerStackExhausted } from "../ir/inner_stack.ts";
import type { Settings } from "../options.ts";
import { runPass } from "../run_pass.ts";
import { readSections } from "../wasm/sections.ts";
import { ANSWERED, type DeepAnswer, type DeepWork, STARTED } from "./deep_thread.ts";

const TOO_DEEP: DeepAnswer = { code: "ERR_UNSUPPORTED", message: "its code nests too deeply for Binaryen" };

const { workerData } = process.getBuiltinModule("node:worker_threads");
answer(workerData as DeepWork);

function answer({ bytes, settings, port, progress }: DeepWork): void {
  tell(progress, STARTED);
  try {
    port.postMessage(run(bytes, settings));
  } finally {
    tell(progress, ANSWERED);
  }
}

function run(bytes: Uint8Array, settings: Settings): DeepAnswer {
  try {
    const { pcTable: _, ...result } = runPass(bytes, readSections(bytes), settings);
    return wasInnerStackExhausted() ? TOO_DEEP : { result };
  } catch (error) {
    // Binaryen's own stack has no guard: once that was exhausted, its errors mean nothing.
    if (!(error instanceof InstrumentError) || wasInnerStackExhausted()) return TOO_DEEP;
    const { code, message, function: func, offset } = error;
    return {
      code,
      message,
      ...(func === undefined ? {} : { function: func }),
      ...(offset === undefined ? {} : { offset }),
    };
  }
}

function tell(progress: Int32Array, state: number): void {
  Atomics.store(progress, 0, state);
  Atomics.notify(progress, 0);
}
