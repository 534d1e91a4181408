// One thread of the stress test: random work on the device, each piece of which checks itself.

import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { expectEqual, generator, HANDLES, REMOTE_AREA_WORDS, sectionPc } from "./stress_common.mjs";

await worker();

async function worker() {
  const { library, memory, task, number, seed, progress } = workerData;
  const api = await import(library);
  const kcov = await api.Kcov.attach(memory, { task });
  const random = generator(seed);
  parentPort.postMessage("ready");
  const actions = [
    tracePcs,
    traceComparisons,
    remoteSection,
    throwingSection,
    manyTasks,
    refusals,
    leaveMapped,
    wrongAttach,
    instances,
    secondDevice,
    fold,
    softirq,
  ];
  for (let round = 1; Atomics.load(progress, 0) === 0; round++) {
    actions[random(actions.length)](kcov, api, random, number, round);
    // Collected instances give their memory back between two turns of the event loop.
    if (round % 64 === 0) await setImmediate();
    Atomics.add(progress, 1, 1);
  }
  kcov[Symbol.dispose]();
}

/** A local session: nothing is lost up to the capacity, nothing is added. */
function tracePcs(kcov, api, random, number) {
  const size = 2 + random(600);
  const events = random(2 * size);
  const fd = kcov.open();
  kcov.ioctl(fd, api.KCOV_INIT_TRACE, size);
  const mapping = kcov.mmap(fd, size * 8);
  kcov.ioctl(fd, api.KCOV_ENABLE, api.KCOV_TRACE_PC);
  for (let index = 0; index < events; index++)
    kcov.hooks.__sanitizer_cov_trace_pc(sectionPc(number, 0, 0, index & 0xffff));
  kcov.ioctl(fd, api.KCOV_DISABLE, 0);
  const { words } = mapping;
  expectEqual(words[0], BigInt(Math.min(events, size - 1)), "count of a local session");
  for (let index = 0; index < Number(words[0]); index++) {
    expectEqual(words[index + 1], sectionPc(number, 0, 0, index), "record of a local session");
  }
  mapping.munmap();
  kcov.close(fd);
}

function traceComparisons(kcov, _api, random, number) {
  const { comparisons } = kcov.trace(
    () => {
      for (let index = 0; index < 20; index++)
        kcov.hooks.__sanitizer_cov_trace_cmp4(number, index, BigInt(random(1 << 30)));
    },
    { mode: "cmp", size: 1 + 4 * 20 },
  );
  expectEqual(comparisons.length, 20, "comparisons");
  for (const [index, { arg1, arg2, size }] of comparisons.entries()) {
    expectEqual(`${arg1} ${arg2} ${size}`, `${number} ${index} 4`, "comparison");
  }
}

function remoteSection(kcov, _api, random, number, round) {
  const length = random(REMOTE_AREA_WORDS - 1);
  kcov.remoteSection(HANDLES[random(HANDLES.length)], () => {
    for (let index = 0; index < length; index++) {
      kcov.hooks.__sanitizer_cov_trace_pc(sectionPc(number, round, length, index));
    }
  });
}

function throwingSection(kcov, _api, random) {
  try {
    kcov.remoteSection(HANDLES[random(HANDLES.length)], () => {
      throw new Error("on purpose");
    });
  } catch (error) {
    expectEqual(error.message, "on purpose", "error of a section");
  }
  // The section has ended: the task is idle and can be enabled.
  expectEqual(kcov.trace(() => kcov.hooks.__sanitizer_cov_trace_pc(1n), { size: 4 }).pcs.length, 1, "after a throw");
}

function manyTasks(kcov, _api, random) {
  const first = kcov.current;
  const tasks = Array.from({ length: 1 + random(4) }, () => kcov.taskInit());
  for (const task of tasks) {
    kcov.switchTo(task);
    const { pcs } = kcov.trace(() => kcov.hooks.__sanitizer_cov_trace_pc(BigInt(task)), { size: 8 });
    expectEqual(pcs.join(), String(task), "trace of a task");
  }
  for (const task of tasks) kcov.taskExit(task);
  expectEqual(kcov.current, first, "task after the exit of others");
}

/** Calls that must fail, and change nothing. */
function refusals(kcov, api, random) {
  const fd = kcov.open();
  const calls = [
    () => kcov.ioctl(fd, api.KCOV_ENABLE, 0),
    () => kcov.ioctl(fd, api.KCOV_INIT_TRACE, 1),
    () => kcov.mmap(fd, 8 + random(64)),
    () => kcov.ioctl(fd, 0x1234),
    () => kcov.close(fd + 1000),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      if (error instanceof api.KcovError) continue;
      throw error;
    }
    throw new Error(`a call did not fail: ${call}`);
  }
  kcov.close(fd);
}

/** Closes before it unmaps: the pages live on. */
function leaveMapped(kcov, api, random) {
  const size = 512 * (1 + random(16));
  const fd = kcov.open();
  kcov.ioctl(fd, api.KCOV_INIT_TRACE, size);
  const mapping = kcov.mmap(fd, size * 8);
  const { words } = mapping;
  words.fill(7n);
  kcov.close(fd);
  for (const index of [0, 1, size - 1]) expectEqual(words[index], 7n, "word of a closed descriptor");
  mapping.munmap();
}

/** Names that are nobody's, or another's: a refusal here, and nothing anywhere else. */
function wrongAttach(kcov, api, random) {
  const task = [0, -1, Number.NaN, 1.5, 2 ** 31, 0x7fffffff, 1, kcov.current][random(8)];
  try {
    api.Kcov.attachSync(kcov.memory, random(2) === 0 ? { task } : { task: 0x7fffffff - random(9) });
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  throw new Error(`a thread could attach as task ${task}`);
}

/** Memory of instances: some is given back at once, some is left to the collector. */
function instances(kcov, _api, random) {
  const kept = [];
  for (let count = 0; count < 4; count++) {
    kcov.imports.kcov.__sanitizer_cov_8bit_counters_init(1 + random(20_000), 1n);
    kept.push(kcov.counters.at(-1));
  }
  for (const { bytes } of kept) {
    expectEqual(
      bytes.every((byte) => byte === 0),
      true,
      "new counters are zero",
    );
    bytes.fill(1);
  }
  for (const { bytes } of kept)
    expectEqual(
      bytes.every((byte) => byte === 1),
      true,
      "counters are nobody else's",
    );
  for (const counters of kept) if (random(4) !== 0) counters[Symbol.dispose]();
}

/** A device of its own on the same thread, which leaves again. */
function secondDevice(kcov, api, random) {
  const other = api.Kcov.attachSync(kcov.memory, { parent: kcov.current });
  const made = other.taskInit();
  other.switchTo(made);
  other.imports.kcov.__sanitizer_cov_8bit_counters_init(1 + random(5000), 2n);
  expectEqual(
    other.trace(() => other.hooks.__sanitizer_cov_trace_pc(9n), { size: 4 }).pcs.join(),
    "9",
    "second device",
  );
  other[Symbol.dispose]();
  expectEqual(other.current, 0, "task of a device that was left");
  const left = kcov.inspect().tasks.filter(({ id }) => id === made);
  expectEqual(left.length, 0, "tasks of a device that was left");
}

/** A session that is interrupted by a section for somebody else, and does not notice. */
function softirq(kcov, _api, random, number, round) {
  if (kcov.abi === "v5.5" || kcov.abi === "v5.18") return;
  const length = random(REMOTE_AREA_WORDS - 1);
  const { pcs } = kcov.trace(
    () => {
      kcov.hooks.__sanitizer_cov_trace_pc(1n);
      kcov.setContext("softirq");
      kcov.hooks.__sanitizer_cov_trace_pc(2n);
      kcov.remoteSection(HANDLES[random(HANDLES.length)], () => {
        for (let index = 0; index < length; index++) {
          kcov.hooks.__sanitizer_cov_trace_pc(sectionPc(number, round, length, index));
        }
      });
      kcov.setContext("task");
      kcov.hooks.__sanitizer_cov_trace_pc(3n);
    },
    { size: 16 },
  );
  expectEqual(pcs.join(), "1,3", "an interrupted session");
}

/** Different PCs, more than the first table has room for. */
function fold(kcov, api, random) {
  const records = 1 + random(6000);
  const fd = kcov.open();
  kcov.ioctl(fd, api.KCOV_INIT_TRACE, records + 1);
  const mapping = kcov.mmap(fd, (records + 1) * 8);
  for (let k = 1; k <= records; k++) mapping.words[k] = BigInt(k) << 20n;
  mapping.words[0] = BigInt(records);
  expectEqual(kcov.foldPcs(mapping).pcs.length, records, "different PCs");
  mapping.munmap();
  kcov.close(fd);
}
