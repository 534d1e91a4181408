/**
 * The executor: the process that holds the target and runs it on one test case after another. It exchanges the words of
 * each run with AFL++ itself; its supervisor replaces it when it dies (`supervisor.ts`).
 */

import { halvesOf } from "../../runtime/records.ts";
import type { FuzzTarget, RunOutcome } from "../engine.ts";
import type { Koffi } from "../native/koffi.ts";
import { type Segment, SharedMemory } from "../native/shared_memory.ts";
import { CmpLog } from "./cmplog.ts";
import { CoverageMap } from "./coverage_map.ts";
import { type FileInput, readInput } from "./file_input.ts";
import type { MapLayout } from "./map_layout.ts";
import { encodeWord, readWordInto, writeAll } from "./pipes.ts";
import { STATUS_CRASH, STATUS_DONE } from "./protocol.ts";
import { IDLE, REPORTING, RUNNING } from "./run_state.ts";

/** What an executor receives from AFL++ and the supervisor. */
export interface ExecutorLinks {
  readonly controlFd: number;
  readonly statusFd: number;
  /** Ids of segments: the map, the test case (undefined: it is in a file), CmpLog's table, the state of the run. */
  readonly map: number;
  readonly input: number | undefined;
  readonly cmplog: number | undefined;
  readonly state: number;
  /** Where the test case is if it is not in a segment. */
  readonly file: FileInput;
}

/** Runs the target in AFL++'s loop. */
export class Executor {
  readonly #target: FuzzTarget;
  readonly #links: ExecutorLinks;
  readonly #coverage: CoverageMap;
  readonly #state: Uint8Array;
  readonly #input: Segment | undefined;
  readonly #cmplog: CmpLog | undefined;
  /** The comparison area as u32; its buffer is the device's memory, and so may be replaced when that grows. */
  #area: Uint32Array;

  /**
   * @throws {RangeError | Error} a segment does not exist or has the wrong size
   */
  constructor(target: FuzzTarget, layout: MapLayout, links: ExecutorLinks, koffi: Koffi) {
    const memory = new SharedMemory(koffi);
    this.#target = target;
    this.#links = links;
    this.#state = memory.attach(links.state).bytes;
    this.#coverage = new CoverageMap(memory, memory.attach(links.map), layout, target.counters);
    this.#input = links.input === undefined ? undefined : memory.attach(links.input);
    this.#cmplog = links.cmplog === undefined ? undefined : CmpLog.open(memory.attach(links.cmplog).bytes);
    this.#area = new Uint32Array(0);
    if (this.#cmplog === undefined) return;
    target.comparisons.enable();
    const { words } = target.comparisons;
    this.#area = halvesOf(words);
  }

  /** Runs test cases until AFL++ ends. */
  async run(): Promise<void> {
    const { controlFd, statusFd } = this.#links;
    const word = new Uint8Array(4);
    const pid = encodeWord(process.pid);
    const done = encodeWord(STATUS_DONE);
    const crash = encodeWord(STATUS_CRASH);
    while (readWordInto(controlFd, word)) {
      this.#state[0] = RUNNING;
      if (!writeAll(statusFd, pid)) return;
      const outcome = this.#runTarget();
      const { kind } = outcome instanceof Promise ? await outcome.then((late) => this.#finish(late)) : outcome;
      this.#state[0] = REPORTING;
      if (!writeAll(statusFd, kind === "crash" ? crash : done)) return;
      this.#state[0] = IDLE;
    }
  }

  #runTarget(): RunOutcome | Promise<RunOutcome> {
    const target = this.#target;
    this.#coverage.begin(target.counters);
    const outcome = target.runOne(this.#testCase());
    return outcome instanceof Promise ? outcome : this.#finish(outcome);
  }

  #finish(outcome: RunOutcome): RunOutcome {
    if (outcome.kind === "ok" && outcome.rejected) this.#coverage.forget();
    else this.#coverage.end(this.#target.counters);
    this.#cmplog?.write(this.#area);
    return outcome;
  }

  /** Reads the test case: length and bytes in shared memory, or a file. It is cut to the target's limit. */
  #testCase(): Uint8Array {
    const { maxInputBytes } = this.#target;
    if (this.#input === undefined) return readInput(this.#links.file).subarray(0, maxInputBytes);
    const { bytes } = this.#input;
    const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    return bytes.subarray(4, 4 + Math.min(length, maxInputBytes));
  }
}
