/** libFuzzer as an engine: its main loop runs in C and calls the target. */

import { existsSync } from "node:fs";
import type { Crash, FuzzTarget } from "../engine.ts";
import { CounterBlock } from "../native/counter_block.ts";
import type { Address, Koffi } from "../native/koffi.ts";
import { Processes } from "../native/processes.ts";
import { LibFuzzerError, libraryPath } from "./build.ts";
import { buildPcTable, type PcDescriptions } from "./pc_table.ts";
import { VERDICT } from "./shim_source.ts";

/** How libFuzzer is run. */
export interface LibFuzzerRun {
  /** The program that libFuzzer starts for subprocesses: its argv[0]. */
  readonly launcher: string;
  /** The rest of its command line. */
  readonly args: readonly string[];
  /** Called before libFuzzer saves the input and exits. */
  readonly onCrash: (crash: Crash) => void;
  /** Called before the process exits with code 1: the target cannot be run this way. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Runs libFuzzer on a target. It often exits the process itself.
 *
 * @returns libFuzzer's exit code, if it does not
 * @throws {LibFuzzerError} it is not built
 */
export function runLibFuzzer(koffi: Koffi, target: FuzzTarget, run: LibFuzzerRun): number {
  if (!existsSync(libraryPath())) {
    throw new LibFuzzerError("libFuzzer is not built yet: wasm-kcov libfuzzer --build does it, once");
  }
  const library = koffi.load(libraryPath());
  const descriptions = registerCounters(koffi, library, target);
  const input = new Uint8Array(target.maxInputBytes);
  target.comparisons.enable();
  const { words } = target.comparisons;
  const start = library.func(
    "int wasm_kcov_fuzz(int, const char **, void *, size_t, void *, uint64_t, void *, void *)",
  );
  // Node.js may have made its streams non-blocking; libFuzzer would lose output that does not fit.
  const processes = new Processes(koffi);
  for (const fd of [STDOUT_FD, STDERR_FD]) processes.makeBlocking(fd);
  const argv = [run.launcher, ...run.args];
  return start(
    argv.length,
    [...argv, null],
    input,
    input.length,
    koffi.address(words),
    words.length,
    koffi.register(runner(target, input, descriptions.block, run), koffi.pointer(koffi.proto(RUN_TARGET))),
    koffi.register(describer(koffi, descriptions.table), koffi.pointer(koffi.proto(DESCRIBE))),
  ) as number;
}

const STDOUT_FD = 1;
const STDERR_FD = 2;

const RUN_TARGET = "int wasm_kcov_run(size_t)";
const DESCRIBE = "void wasm_kcov_describe(uint64_t, intptr_t, size_t)";

/** Keeps alive the memory to which libFuzzer holds pointers. */
const kept = new Set<object>();

/** Registers counters and PCs with libFuzzer, module by module. It clears the counters before each run. */
function registerCounters(
  koffi: Koffi,
  library: ReturnType<Koffi["load"]>,
  target: FuzzTarget,
): { block: CounterBlock; table: PcDescriptions } {
  const countersInit = library.func("void __sanitizer_cov_8bit_counters_init(intptr_t, intptr_t)");
  const pcsInit = library.func("void __sanitizer_cov_pcs_init(intptr_t, intptr_t)");
  const table = buildPcTable(target.modules);
  const counters = new Uint8Array(table.entries.length / 2);
  kept.add(counters).add(table.entries);
  const from = koffi.address(counters);
  const pcs = koffi.address(table.entries);
  const offsets = new Map<bigint, number>();
  for (const { id, offset, length } of table.modules) {
    offsets.set(id, offset);
    const [begin, end] = [BigInt(offset), BigInt(offset + length)];
    countersInit(from + begin, from + end);
    pcsInit(pcs + begin * PC_ENTRY_BYTES, pcs + end * PC_ENTRY_BYTES);
  }
  return { block: new CounterBlock(counters, (id) => offsets.get(id)), table };
}

/** Size of an entry: a pc and its flags. */
const PC_ENTRY_BYTES = 16n;

/** Makes the function that the shim calls with the size of an input. It must not throw through C. */
function runner(
  target: FuzzTarget,
  input: Uint8Array,
  block: CounterBlock,
  { onCrash, onFailure }: LibFuzzerRun,
): (size: number) => number {
  return (size) => {
    try {
      const crash = runOnce(target, input.subarray(0, size), block);
      if (typeof crash === "number") return crash;
      onCrash(crash);
      return VERDICT.crash;
    } catch (error) {
      onFailure(error);
      return VERDICT.failure;
    }
  };
}

/** Runs one input. @returns a verdict, or the crash */
function runOnce(target: FuzzTarget, input: Uint8Array, block: CounterBlock): number | Crash {
  for (const { bytes } of target.counters) bytes.fill(0);
  const outcome = target.runOne(input);
  if (outcome instanceof Promise) {
    throw new LibFuzzerError(`${target.name} is asynchronous, which libFuzzer is not: use wasm-kcov fuzz, or afl`);
  }
  block.begin();
  for (const region of target.counters) block.collect(region);
  if (outcome.kind === "crash") return outcome.crash;
  return outcome.rejected ? VERDICT.rejected : VERDICT.ok;
}

/** Makes the function that the shim calls for the description of a pc, which it writes to `out` as a C string. */
function describer(
  koffi: Koffi,
  table: PcDescriptions,
): (pc: number | bigint, out: Address | number, bytes: number | bigint) => void {
  return (pc, out, bytes) => {
    const buffer = new Uint8Array(koffi.view(BigInt(out), Number(bytes)));
    const { written } = new TextEncoder().encodeInto(table.describe(BigInt(pc)), buffer.subarray(0, -1));
    buffer[written] = 0;
  };
}
