// The other end of thread.ts: attaches to a device and runs what the test asks for. Plain JavaScript on the built
// library, since Node.js 20 runs no TypeScript.

import { parentPort, workerData } from "node:worker_threads";
import { KCOV_INIT_TRACE, Kcov } from "../../dist/index.js";

const mappings = [];
let blockOn = "";

const kcov = await Kcov.attach(workerData.memory, { ...workerData.options, failAllocation });
kcov.onWarning = (warning) => parentPort.postMessage({ warning });

const commands = {
  current: () => kcov.current,
  /** Bytes of the memory as this thread sees it. */
  memoryBytes: () => kcov.memory.buffer.byteLength,
  mmap: (fd, length) => mappings.push(kcov.mmap(fd, length)) - 1,
  read: (mapping, from, count) => [...mappings[mapping].words.subarray(from, from + count)],
  write: (mapping, index, value) => {
    mappings[mapping].words[index] = value;
  },
  hook: (name, ...args) => kcov.hooks[`__sanitizer_cov_trace_${name}`](...args),
  /** Traces until word 0 of `flag` is set; counts in word 1 what it called. */
  traceUntil: (flag, pc) => {
    while (Atomics.load(flag, 0) === 0) {
      kcov.hooks.__sanitizer_cov_trace_pc(pc);
      Atomics.add(flag, 1, 1);
      Atomics.notify(flag, 1);
    }
  },
  /** Calls an export of an instrumented module that imports no more than the device and `env.flag`, a memory. */
  runModule: (binary, flag, name) => {
    const imports = { ...kcov.imports, env: { flag } };
    return new WebAssembly.Instance(new WebAssembly.Module(binary), imports).exports[name]();
  },
  dispose: () => kcov[Symbol.dispose](),
  /** What an instance of a module would call for its memory. */
  instanceMemory: (init, length) => kcov.imports.kcov[init](length, 1n),
  /** Another device of this thread, which holds memory. */
  secondKcov: (length) => {
    const other = Kcov.attachSync(kcov.memory);
    other.imports.kcov.__sanitizer_cov_8bit_counters_init(length, 1n);
    return other.current;
  },
  /** Attaches with wrong tasks until word 0 of `flag` is set. Returns the names of the errors. */
  attachWrongly: (flag, tasks) => {
    const names = new Set();
    for (let round = 0; Atomics.load(flag, 0) === 0; round++) {
      try {
        Kcov.attachSync(kcov.memory, { task: tasks[round % tasks.length] });
        names.add("none");
      } catch (error) {
        names.add(error.name);
      }
      Atomics.store(flag, 1, 1);
    }
    return [...names];
  },
  /** Folds an area of different PCs again and again; counts in word 1 of `flag`. */
  foldForEver: (flag) => {
    const size = 1 << 16;
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    const mapping = kcov.mmap(fd, size * 8);
    for (let k = 0; k < size; k++) mapping.words[k] = BigInt(k === 0 ? size - 1 : k << 20);
    for (;;) {
      kcov.foldPcs(mapping);
      Atomics.add(flag, 1, 1);
    }
  },
  /** The next allocation of this kind never returns: the thread stays where it is, with the device's lock. */
  blockOn: (what) => {
    blockOn = what;
  },
};

parentPort.on("message", ({ id, command, args }) => {
  try {
    const run = commands[command] ?? kcov[command].bind(kcov);
    parentPort.postMessage({ id, result: run(...args) });
  } catch (error) {
    parentPort.postMessage({ id, error: { name: error.name, code: error.code, message: error.message } });
  }
});
parentPort.postMessage({ ready: kcov.current });

function failAllocation(what) {
  if (what !== blockOn) return false;
  parentPort.postMessage({ blocked: what });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return false;
}
