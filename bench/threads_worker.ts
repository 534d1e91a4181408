/** One thread of bench/threads.ts. */

import { parentPort, workerData } from "node:worker_threads";
import binaryen from "binaryen";
import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_PC, Kcov } from "../src/index.ts";
import { instrument } from "../src/instrument/index.ts";
import { sectionRound, sessionRound } from "./threads_work.ts";

/** One event an iteration, and little else. */
const LOOP = `(module (func (export "run") (param i32)
  (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
const SIZE = 1 << 14;
const BATCH = SIZE - 16;

interface Command {
  /** Events to record. */
  trace?: number;
  /** Iterations of the loop without hooks: what the machine itself makes of two threads. */
  plain?: number;
  /** Which calls to make until `stop`. */
  contend?: string;
  stop?: Int32Array;
}

const kcov = await Kcov.attach(workerData.memory, { task: workerData.task });
const original = new Uint8Array(binaryen.parseText(LOOP).emitBinary());
const run = await load(instrument(original).binary);
const runPlain = await load(original);

async function load(binary: Uint8Array<ArrayBuffer>): Promise<(iterations: number) => void> {
  const { instance } = await WebAssembly.instantiate(binary, { ...kcov.imports });
  return instance.exports.run as (iterations: number) => void;
}

parentPort?.on("message", (command: Command) => parentPort?.postMessage(perform(command)));

/** @returns what was recorded or done: nothing may be optimised away */
function perform({ trace, plain, contend, stop }: Command): number {
  if (plain !== undefined) {
    runPlain(plain);
    return plain;
  }
  if (trace !== undefined) return record(trace);
  const round = contend === "open … close" ? sessionRound : sectionRound;
  let rounds = 0;
  for (; stop !== undefined && Atomics.load(stop, 0) === 0; rounds++) round(kcov);
  return rounds;
}

function record(events: number): number {
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, SIZE);
  const mapping = kcov.mmap(fd, SIZE * 8);
  const { words } = mapping;
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  let recorded = 0;
  while (recorded < events) {
    words[0] = 0n;
    run(BATCH);
    recorded += Number(words[0]);
  }
  kcov.ioctl(fd, KCOV_DISABLE, 0);
  mapping.munmap();
  kcov.close(fd);
  return recorded;
}
