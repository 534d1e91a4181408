// Stress test: threads that open, enable, trace, enter remote sections, switch tasks and close, while the main thread
// owns remote coverage, reads it as it comes, disables and enables it again, and kills threads wherever they are.
//
//     node test/threads/stress.mjs [--seconds N] [--threads N] [--seed N] [--abi ABI] [--library FILE]
//
// Plain JavaScript on the built library, so that Node.js 20 runs it too. Exit code 0; else the seed
// and what broke.

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { expectEqual, generator, HANDLES, REMOTE_AREA_WORDS } from "./stress_common.mjs";

const OWNER_AREA_WORDS = 4096;
const ABIS = ["v5.5", "v5.18", "v6.12", "v7.2"];
/** Nothing gets anywhere for this long: something hangs. */
const HANG_MS = 20_000;

class Stress {
  #options;
  #random;
  #threads = [];
  #nextNumber = 1;
  #heartbeat = new Int32Array(new SharedArrayBuffer(4));
  #figures = { rounds: 0, killed: 0, batches: 0, sections: 0, records: 0 };

  constructor({ seconds, threads, seed, abi, library }) {
    this.#options = { seconds: Number(seconds), threads: Number(threads), seed: Number(seed), abi, library };
    this.#random = generator(Number(seed));
  }

  async run() {
    const { seconds, threads, library, seed, abi } = this.#options;
    const workerData = { heartbeat: this.#heartbeat, seed, milliseconds: HANG_MS };
    new Worker(new URL("stress_watchdog.mjs", import.meta.url), { workerData });
    this.api = await import(library);
    this.kcov = await this.api.Kcov.create({ maxBytes: 1 << 27, abi, irqAreaWords: 4096 });
    for (let count = 0; count < threads; count++) this.#threads.push(await this.#start());
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
      await this.#batch();
      this.#beat();
    }
    await this.#finish();
    const { rounds, killed, batches, sections, records } = this.#figures;
    process.stdout.write(
      `${rounds} rounds on ${threads} threads, ${killed} threads killed; ` +
        `${sections} whole sections with ${records} records in ${batches} batches\n`,
    );
    // A stress test in which nothing happened has shown nothing.
    if (rounds < 100 || sections < 10 || killed < 1) throw new Error("too little has happened to show anything");
  }

  /** Owns remote coverage for a while: enable, read as it comes, kill somebody, disable, check what is there. */
  async #batch() {
    const { api, kcov } = this;
    const fd = kcov.open();
    kcov.ioctl(fd, api.KCOV_INIT_TRACE, OWNER_AREA_WORDS);
    const mapping = kcov.mmap(fd, OWNER_AREA_WORDS * 8);
    const arg = { traceMode: api.KCOV_TRACE_PC, areaSize: REMOTE_AREA_WORDS, handles: HANDLES };
    kcov.ioctl(fd, api.KCOV_REMOTE_ENABLE, arg);
    const seen = new SectionReader(mapping.words);
    const before = this.#progress();
    do {
      await delay(this.#random(4));
      seen.read();
      // While others move their sections there.
      if (this.#random(4) === 0) kcov.foldPcs(mapping);
    } while (this.#progress() === before);
    if (this.#random(3) === 0) await this.#kill();
    kcov.ioctl(fd, api.KCOV_DISABLE, 0);
    const last = mapping.words[0];
    seen.read();
    seen.finish();
    // DISABLE has come back, so nothing arrives any more, though sections go on.
    await delay(this.#random(2));
    expectEqual(mapping.words[0], last, "count after DISABLE");
    this.#figures.batches++;
    this.#figures.sections += seen.sections;
    this.#figures.records += seen.records;
    mapping.munmap();
    kcov.close(fd);
    this.#checkState();
  }

  async #start() {
    const task = this.kcov.taskInit();
    const number = this.#nextNumber++;
    const progress = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(new URL("stress_worker.mjs", import.meta.url), {
      workerData: {
        library: this.#options.library,
        memory: this.kcov.memory,
        task,
        number: number & 0xffff,
        seed: this.#random(1 << 30),
        progress,
      },
    });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const thread = { worker, task, progress, ended, error: undefined };
    worker.on("error", (error) => {
      thread.error = error;
    });
    await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    return thread;
  }

  /** Kills a thread wherever it is, cleans up after it, and puts another one in its place. */
  async #kill() {
    const index = this.#random(this.#threads.length);
    const thread = this.#threads[index];
    await thread.worker.terminate();
    this.kcov.reap(thread.task);
    this.kcov.reap(thread.task);
    this.#figures.killed++;
    this.#figures.rounds += thread.progress[1];
    if (this.kcov.inspect().tasks.some(({ id }) => id === thread.task)) throw new Error("a reaped task is still there");
    this.#threads[index] = await this.#start();
  }

  #beat() {
    Atomics.add(this.#heartbeat, 0, 1);
    Atomics.notify(this.#heartbeat, 0);
  }

  #progress() {
    for (const { error } of this.#threads) if (error !== undefined) throw error;
    return this.#threads.reduce((sum, { progress }) => sum + Atomics.load(progress, 1), 0);
  }

  /** What must hold at any time, whoever is doing what. */
  #checkState() {
    const { kcovs, tasks, remotes, alloc, free } = this.kcov.inspect();
    const taskIds = new Set(tasks.map(({ id }) => id));
    const kcovIds = new Set(kcovs.map(({ id }) => id));
    expectEqual(kcovs.length, alloc.descriptors, "descriptors");
    expectEqual(kcovs.filter(({ area }) => area).length, alloc.areas, "areas");
    expectEqual(remotes.length, alloc.remotes, "handles");
    const inUse = tasks.filter(({ area }) => area === "remote").length;
    expectEqual(free.length + inUse, alloc.remoteAreas, "remote areas");
    for (const { task, kcov, area } of tasks.map((each) => ({ ...each, task: each.id }))) {
      if (kcov !== null && !kcovIds.has(kcov)) throw new Error(`task ${task} refers to a descriptor that is gone`);
      if (kcov === null && area !== null) throw new Error(`task ${task} has an area, but no descriptor`);
    }
    for (const { id, task, refcount, fds } of kcovs) {
      if (task !== null && !taskIds.has(task)) throw new Error(`descriptor ${id} refers to a task that is gone`);
      const sections = tasks.filter(
        (each) => each.kcov === id && (each.area === "remote" || each.area === "irq"),
      ).length;
      expectEqual(
        refcount,
        (fds.length > 0 ? 1 : 0) + (task === null ? 0 : 1) + sections,
        `references of descriptor ${id}`,
      );
    }
  }

  /** Ends all threads; then nothing may be left but the free list. */
  async #finish() {
    for (const { progress } of this.#threads) Atomics.store(progress, 0, 1);
    for (const { task, progress, ended } of this.#threads) {
      await ended;
      this.kcov.reap(task);
      this.#figures.rounds += progress[1];
    }
    this.#progress();
    this.#checkState();
    // The fds of killed threads are the process's: they are still open.
    for (const { fds } of this.kcov.inspect().kcovs) for (const fd of fds) this.kcov.close(fd);
    const { alloc, free, tasks } = this.kcov.inspect();
    expectEqual(tasks.map(({ id }) => id).join(), "1", "tasks at the end");
    const expected = { descriptors: 0, areas: 0, remoteAreas: free.length, remotes: 0 };
    expectEqual(JSON.stringify(alloc), JSON.stringify(expected), "allocations at the end");
    await this.#allMemoryIsFree();
  }

  /** No thread holds anything any more, and what is still in use are cells and free remote areas: a page each. */
  async #allMemoryIsFree() {
    const layout = await import(new URL("abi/layout.js", this.#options.library));
    const words = new Uint32Array(this.kcov.memory.buffer);
    const list = (head) => {
      const entries = [];
      for (let at = words[head / 4]; at !== head; at = words[at / 4]) entries.push(at);
      return entries;
    };
    expectEqual(list(layout.HEADER_VMAS).length, 0, "vmas at the end");
    const used = list(layout.HEADER_RUNS).filter((run) => words[(run + layout.RUN_PINS) / 4] !== 0);
    const large = used.filter((run) => words[(run + layout.RUN_PAGES) / 4] > 1);
    expectEqual(large.length, 0, "runs of several pages at the end");
  }
}

/** Reads an owner's area while sections are merged into it: every section must be whole, up to the end of the area. */
class SectionReader {
  sections = 0;
  records = 0;
  #words;
  #position = 0;
  #open;

  constructor(words) {
    this.#words = words;
  }

  read() {
    // With acquire: the records that the count covers are there.
    const count = Number(Atomics.load(this.#words, 0));
    if (count > this.#words.length - 1) throw new Error(`count ${count} exceeds the capacity`);
    if (count < this.#position) throw new Error(`the count went back from ${this.#position} to ${count}`);
    for (; this.#position < count; this.#position++) this.#record(this.#words[this.#position + 1]);
  }

  finish() {
    const full = this.#position === this.#words.length - 1;
    if (this.#open !== undefined && !full) throw new Error(`a section is cut off at ${JSON.stringify(this.#open)}`);
  }

  #record(pc) {
    const [number, section, length, index] = [48n, 32n, 16n, 0n].map((shift) => Number((pc >> shift) & 0xffffn));
    const found = { number, section, length, index };
    const expected = this.#open ?? { ...found, index: 0 };
    expectEqual(JSON.stringify(found), JSON.stringify(expected), `record ${this.#position}`);
    this.records++;
    if (index + 1 < length) {
      this.#open = { ...found, index: index + 1 };
    } else {
      this.#open = undefined;
      this.sections++;
    }
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "5" },
      threads: { type: "string", default: "4" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      abi: { type: "string" },
      library: { type: "string", default: new URL("../../dist/index.js", import.meta.url).href },
    },
  });
  values.abi ??= ABIS[Number(values.seed) % ABIS.length];
  process.stdout.write(`seed ${values.seed}, abi ${values.abi}\n`);
  const stress = new Stress(values);
  try {
    await stress.run();
  } catch (error) {
    process.stderr.write(`seed ${values.seed}: ${error.stack}\n`);
    process.exit(1);
  }
  // The threads that are left were stopped; nothing else keeps the process.
  process.exit(0);
}

await main();
