/** What afl-fuzz does with the program under test: pipes, shared memory, the words of each run. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { loadKoffi } from "../../src/fuzz/native/koffi.ts";
import { type Segment, SharedMemory } from "../../src/fuzz/native/shared_memory.ts";
import { MAIN } from "./fuzz_programs.ts";

const CONTROL = 198;
const STATUS = 199;
const INPUT_BYTES = 4 + (1 << 20);
const CMPLOG_BYTES = 67_633_152;

export const HELLO_SHARED_INPUT = 0x01000000;
export const HELLO_DICTIONARY = 0x10000000;

export interface FakeAflOptions {
  /** Options of the target. */
  readonly args?: readonly string[];
  /** Run the fork server for CmpLog. */
  readonly cmplog?: boolean;
  /** What is granted of what is offered; default: shared input. */
  readonly grant?: number;
  readonly mapBytes?: number;
}

/** One run, as afl-fuzz sees it. */
export interface FakeRun {
  readonly pid: number;
  readonly status: number;
  /** What was counted, by index; without zeros. */
  readonly map: Readonly<Record<number, number>>;
}

export class FakeAfl {
  readonly supervisor: ChildProcess;
  readonly map: Segment;
  readonly input: Segment;
  readonly cmplog: Segment | undefined;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  hello = 0;
  dictionary: Buffer = Buffer.alloc(0);
  readonly #control: Duplex;
  readonly #status: WordReader;

  /** Starts the target and shakes hands. */
  static async start(target: string, options: FakeAflOptions = {}): Promise<FakeAfl> {
    const afl = new FakeAfl(target, options, new SharedMemory(await loadKoffi()));
    await afl.#shakeHands(options.grant ?? HELLO_SHARED_INPUT);
    return afl;
  }

  private constructor(target: string, options: FakeAflOptions, memory: SharedMemory) {
    this.map = memory.create(options.mapBytes ?? 65536);
    this.input = memory.create(INPUT_BYTES);
    this.cmplog = options.cmplog ? memory.create(CMPLOG_BYTES) : undefined;
    const env = {
      ...process.env,
      __AFL_SHM_ID: String(this.map.id),
      __AFL_SHM_FUZZ_ID: String(this.input.id),
      ...(this.cmplog ? { __AFL_CMPLOG_SHM_ID: String(this.cmplog.id), ___AFL_EINS_ZWEI_POLIZEI___: "1" } : {}),
    };
    const stdio = Array.from({ length: STATUS + 1 }, (_, fd) => (fd >= CONTROL ? "pipe" : "ignore") as "pipe");
    stdio[2] = "inherit" as "pipe";
    this.supervisor = spawn(process.execPath, [MAIN, "afl-target", ...(options.args ?? []), target], { env, stdio });
    this.ended = new Promise((resolve) => this.supervisor.once("exit", (code, signal) => resolve(signal ?? code)));
    const pipes = this.supervisor.stdio as unknown as Duplex[];
    this.#control = pipes[CONTROL] as Duplex;
    // The target goes on reading when this side is closed, and writing when it is gone.
    this.#control.on("error", () => {});
    this.#status = new WordReader(pipes[STATUS] as Duplex);
  }

  async #shakeHands(grant: number): Promise<void> {
    this.hello = await this.#status.word();
    const granted = grant & this.hello;
    this.#send((0x80000001 | granted) >>> 0);
    if (granted & HELLO_DICTIONARY) this.dictionary = await this.#status.bytes(await this.#status.word());
  }

  /** Asks for a run. @returns the process that does it */
  async begin(input: string | Uint8Array): Promise<number> {
    const bytes = typeof input === "string" ? Buffer.from(input, "latin1") : input;
    new DataView(this.input.bytes.buffer).setUint32(0, bytes.length, true);
    this.input.bytes.set(bytes, 4);
    this.map.bytes.fill(0);
    this.cmplog?.bytes.fill(0, 0, 8 * 65536);
    this.#send(0);
    return this.#status.word();
  }

  async run(input: string | Uint8Array): Promise<FakeRun> {
    const pid = await this.begin(input);
    const status = await this.status();
    const counted = [...this.map.bytes.entries()].filter(([, count]) => count !== 0);
    return { pid, status, map: Object.fromEntries(counted) };
  }

  /** The status of the run that has begun. */
  status(): Promise<number> {
    return this.#status.word();
  }

  /** Closes both pipes, as they are when afl-fuzz has ended however it did. */
  close(): void {
    this.#control.destroy();
    this.#status.stream.destroy();
  }

  #send(word: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(word);
    this.#control.write(bytes);
  }
}

/** Reads words off a stream in the order they come. */
class WordReader {
  readonly stream: Duplex;
  #received: Buffer = Buffer.alloc(0);
  #wake = (): void => {};
  #closed = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    stream.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
    stream.on("error", () => {});
  }

  async word(): Promise<number> {
    return (await this.bytes(4)).readUInt32LE();
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      if (this.#closed) throw new Error("the target closed its pipe");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes;
  }
}
