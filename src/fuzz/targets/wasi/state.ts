/** The state of the WASI stub, apart from the program's memory. */

import type { GuestMemory } from "../guest_memory.ts";
import { FileTable } from "./files.ts";

/** What a stub is created with. */
export interface WasiOptions {
  /** Arguments, the program's name first. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Seed of the random numbers. */
  seed: number;
  onOutput: ((stream: "stdout" | "stderr", bytes: Uint8Array) => void) | undefined;
  outputLimitBytes: number;
}

/** 2001-09-09T01:46:40Z, in nanoseconds: the clock's first reading. */
const EPOCH = 1_000_000_000_000_000_000n;
/** Nanoseconds from one reading of the clock to the next: it advances so that a program that waits terminates. */
const TICK = 1_000_000n;

const EMPTY = new Uint8Array(0);

export class WasiState {
  readonly options: WasiOptions;
  readonly files: FileTable = new FileTable();
  input: Uint8Array = EMPTY;
  /** The program's memory; undefined until it is instantiated. */
  memory: GuestMemory | undefined;
  /** Set once the program has exited, even if it catches the exception that unwinds it. */
  exitCode: number | undefined;
  #readings = 0n;
  #random = 0;
  #output = 0;

  constructor(options: WasiOptions) {
    this.options = options;
    this.begin(EMPTY);
  }

  /** Begins an execution: clock, random numbers and output start over. Descriptors stay as they are. */
  begin(input: Uint8Array): void {
    this.input = input;
    this.exitCode = undefined;
    this.#readings = 0n;
    this.#random = this.options.seed | 0;
    this.#output = 0;
  }

  /** Nanoseconds since 1970. */
  now(): bigint {
    return EPOCH + TICK * this.#readings++;
  }

  /** The next random byte: SplitMix32. */
  randomByte(): number {
    this.#random = (this.#random + 0x9e3779b9) | 0;
    let mixed = this.#random;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 24) & 0xff;
  }

  /** Passes output on, up to the limit. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array<ArrayBufferLike>): void {
    const { onOutput, outputLimitBytes } = this.options;
    if (!onOutput || this.#output >= outputLimitBytes) return;
    const passed = bytes.slice(0, outputLimitBytes - this.#output);
    this.#output += passed.length;
    onOutput(stream, passed);
  }
}
