/**
 * Runs instrumented modules without the device: a memory with one task's area in it, and the hooks as compiled. So that
 * tests of the pass depend on the pass and the hooks alone.
 */

import { COUNTERS_INIT } from "../../src/abi/hooks.ts";
import { KCOV_MODE_TRACE_CMP, KCOV_MODE_TRACE_PC, KCOV_WORDS_PER_CMP } from "../../src/abi/kcov.ts";
import { hooksBinary } from "../../src/hooks/index.ts";
import { NO_AREA } from "../../src/kcov/device.ts";
import { withOwnMemories } from "../../src/runtime/own_memory.ts";

/** Byte address of the area. */
const AREA = 1 << 16;

/** One record of TRACE_CMP. */
export interface Comparison {
  type: bigint;
  arg1: bigint;
  arg2: bigint;
  pc: bigint;
}

/** A device with one task and one area. */
export interface Bench {
  /** Import objects for both link modes. */
  imports: { kcov: Record<string, WebAssembly.ImportValue> };
  /** The PCs that `run` executes. */
  tracePcs(run: () => void): bigint[];
  /** The comparisons that `run` executes. */
  traceComparisons(run: () => void): Comparison[];
}

/** @param areaWords room for records, in words of 8 bytes */
export function createBench(areaWords: number = 1 << 20): Bench {
  const pages = Math.ceil((AREA + 8 * areaWords) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
  const globals = {
    mode: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    area: new WebAssembly.Global({ value: "i32", mutable: true }, AREA),
    size: new WebAssembly.Global({ value: "i32", mutable: true }, areaWords),
    bitmap: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    frame: new WebAssembly.Global({ value: "i64", mutable: true }, 0n),
    pc_area: new WebAssembly.Global({ value: "i64", mutable: true }, NO_AREA),
    cmp_area: new WebAssembly.Global({ value: "i64", mutable: true }, NO_AREA),
  };
  const slide = new WebAssembly.Global({ value: "i64", mutable: false }, 0n);
  const hooks = new WebAssembly.Instance(new WebAssembly.Module(hooksBinary()), {
    env: { memory },
    kcov: { ...globals, slide },
  });
  const area = new BigUint64Array(memory.buffer, AREA, areaWords);
  const counters = (count: number): number => memory.grow(Math.ceil(count / 65536)) * 65536;
  const trace = (mode: number, run: () => void): number => {
    area[0] = 0n;
    globals.mode.value = mode;
    const room = (words: number): bigint => (BigInt(Math.floor((areaWords - 1) / words)) << 32n) | BigInt(AREA);
    globals.pc_area.value = mode === KCOV_MODE_TRACE_PC ? room(1) : NO_AREA;
    globals.cmp_area.value = mode === KCOV_MODE_TRACE_CMP ? room(KCOV_WORDS_PER_CMP) : NO_AREA;
    try {
      run();
    } finally {
      globals.mode.value = 0;
      globals.pc_area.value = NO_AREA;
      globals.cmp_area.value = NO_AREA;
    }
    return Number(area[0]);
  };
  return {
    imports: { kcov: withOwnMemories({ ...hooks.exports, memory, ...globals, [COUNTERS_INIT]: counters }) },
    tracePcs: (run) => Array.from(area.slice(1, 1 + trace(KCOV_MODE_TRACE_PC, run))),
    traceComparisons(run) {
      const count = trace(KCOV_MODE_TRACE_CMP, run);
      return Array.from({ length: count }, (_, k) => {
        const [type = 0n, arg1 = 0n, arg2 = 0n, pc = 0n] = area.slice(1 + 4 * k, 5 + 4 * k);
        return { type, arg1, arg2, pc };
      });
    },
  };
}
