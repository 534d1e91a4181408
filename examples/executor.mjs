// An executor in the manner of syzkaller's: it runs programs of calls in a thread of their own, with coverage of each call
// by kcov, and gives back what a fuzzer wants: signal (edges), comparisons, and "extra" coverage of what others did on
// the program's behalf, a worker and an interrupt.
//
//     node examples/executor.mjs [v5.5 | v5.18 | v6.12 | v7.2]
//
// What runs is a "kernel" of a few functions in WebAssembly. It stands for any module: nothing here knows what it does.

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  comparisonType,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_COMMON,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
  kcovRemoteHandle,
} from "wasm-kcov";

const COVER_SIZE = 64 << 10;
const EXTRA_COVER_SIZE = 1 << 10;
/** As in syzkaller, so that programs under test are not likely to use or close it. */
const EXTRA_COVER_FD = 232;
const HUB = kcovRemoteHandle(KCOV_SUBSYSTEM_USB, 1n);
const PROGRAM = kcovRemoteHandle(KCOV_SUBSYSTEM_COMMON, 1n);

if (!isMainThread) thread();
else await main(process.argv[2] ?? "v7.2");

async function main(abi) {
  const kcov = await Kcov.create({ abi, irqAreaWords: 4096 });
  const module = await compileKernel();
  const extra = openExtraCover(kcov);
  const executor = await startThread(kcov, module);
  const hub = await startThread(kcov, module);

  const program = [
    ["sys_open", 3],
    ["sys_open", 7],
    ["sys_write", 0x1234],
  ];
  for (const call of program) {
    const { signal, comparisons } = await executor.ask("execute", call);
    print(`${call[0]}(${call[1]}): ${signal} edges, compares ${comparisons.join(" ") || "nothing"}`);
  }
  await hub.ask("event", [2]);
  print(`extra: ${signalOf(extra).size} edges`);

  await executor.end();
  await hub.end();
  kcov.ioctl(EXTRA_COVER_FD, KCOV_DISABLE, 0);
  kcov.close(EXTRA_COVER_FD);
  extra.munmap();
  const { kcovs, remotes } = kcov.inspect();
  print(`left: ${kcovs.length} descriptors, ${remotes.length} handles, ${kcov.warnings} warnings`);
}

/** Enabled once for all programs, by the thread that does not run them. */
function openExtraCover(kcov) {
  const fd = kcov.open();
  kcov.dup(fd, EXTRA_COVER_FD);
  kcov.close(fd);
  kcov.ioctl(EXTRA_COVER_FD, KCOV_INIT_TRACE, EXTRA_COVER_SIZE);
  const mapping = kcov.mmap(EXTRA_COVER_FD, EXTRA_COVER_SIZE * 8);
  kcov.ioctl(EXTRA_COVER_FD, KCOV_REMOTE_ENABLE, {
    traceMode: KCOV_TRACE_PC,
    areaSize: EXTRA_COVER_SIZE,
    handles: [HUB],
    commonHandle: PROGRAM,
  });
  return mapping;
}

/** A thread whose task is made here: it inherits the common handle, and could be reaped by it. */
async function startThread(kcov, module) {
  const task = kcov.taskInit();
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory: kcov.memory, task, module } });
  const ask = async (what, argument) => {
    worker.postMessage([what, argument]);
    const [answer] = await once(worker, "message");
    return answer;
  };
  const end = async () => {
    worker.postMessage(["end"]);
    await once(worker, "exit");
    kcov.reap(task);
  };
  return { ask, end };
}

// What follows runs in the threads.

function thread() {
  const { memory, task, module } = workerData;
  const kcov = Kcov.attachSync(memory, { task });
  const common = kcov.commonHandle();
  let kernel;
  /** Comes upon a call of the program, and works for whoever started it. Older kernels do not trace interrupts. */
  const interrupt = () => {
    if (kcov.abi === "v5.5" || kcov.abi === "v5.18") return;
    kcov.setContext("softirq");
    kcov.remoteSection(common, () => kernel.net_rx(1500));
    kcov.setContext("task");
  };
  ({ exports: kernel } = new WebAssembly.Instance(module, { ...kcov.imports, host: { interrupt } }));

  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE);
  const cover = kcov.mmap(fd, COVER_SIZE * 8);
  const run = (mode, [name, argument]) => {
    kcov.ioctl(fd, KCOV_ENABLE, mode);
    cover.words[0] = 0n;
    kernel[name](argument);
    kcov.ioctl(fd, KCOV_DISABLE, 0);
  };

  parentPort.on("message", ([what, argument]) => {
    if (what === "execute") {
      run(KCOV_TRACE_PC, argument);
      const signal = signalOf(cover).size;
      run(KCOV_TRACE_CMP, argument);
      parentPort.postMessage({ signal, comparisons: comparisonsOf(cover) });
    } else if (what === "event") {
      kcov.remoteSection(HUB, () => kernel.hub_event(...argument));
      parentPort.postMessage("done");
    } else {
      kcov.close(fd);
      kcov[Symbol.dispose]();
      parentPort.close();
    }
  });
}

/** An edge is a PC together with the one before it. */
function signalOf({ words }) {
  const signal = new Set();
  let previous = 0n;
  const n = Number(Atomics.load(words, 0));
  for (let i = 1; i <= n; i++) {
    signal.add((previous << 32n) | words[i]);
    previous = words[i];
  }
  return signal;
}

/** Operands that differ are hints: the first could be put where the second was seen in the input. */
function comparisonsOf({ words }) {
  const hints = [];
  for (let i = 0, at = 1; i < Number(words[0]); i++, at += 4) {
    const { isConst } = comparisonType(Number(words[at]));
    if (isConst && words[at + 1] !== words[at + 2]) hints.push(`0x${words[at + 1].toString(16)}`);
  }
  return hints;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

/** Only here, since threads get the compiled module. */
async function compileKernel() {
  const { default: binaryen } = await import("binaryen");
  const { instrument } = await import("wasm-kcov/instrument");
  const text = `(module
    (import "host" "interrupt" (func $interrupt))
    (func (export "sys_open") (param $flags i32) (result i32)
      (call $interrupt)
      (if (i32.eq (local.get $flags) (i32.const 7)) (then (return (i32.const -22))))
      (i32.const 3))
    (func (export "sys_write") (param $bytes i32) (result i32)
      (local $written i32)
      (if (i32.gt_u (local.get $bytes) (i32.const 0xfff)) (then (local.set $bytes (i32.const 3))))
      (loop $next
        (br_if $next (i32.ne (local.tee $written (i32.add (local.get $written) (i32.const 1))) (local.get $bytes))))
      (local.get $written))
    (func (export "hub_event") (param $port i32) (result i32)
      (if (result i32) (i32.eq (local.get $port) (i32.const 2)) (then (i32.const 1)) (else (i32.const 0))))
    (func (export "net_rx") (param $length i32) (result i32)
      (if (result i32) (i32.gt_u (local.get $length) (i32.const 1514)) (then (i32.const 0)) (else (i32.const 1)))))`;
  const parsed = binaryen.parseText(text);
  const { binary } = instrument(parsed.emitBinary(), { trace: ["pc", "cmp"] });
  parsed.dispose();
  return WebAssembly.compile(binary);
}
