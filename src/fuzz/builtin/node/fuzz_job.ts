/** The job of fuzzing, in a thread. */

import { join } from "node:path";
import { TargetError } from "../../../errors.ts";
import type { Crash, CustomMutations, FuzzTarget, TargetModule } from "../../engine.ts";
import { measureStability } from "../../stability.ts";
import { type CorpusEntry, sha1Hex } from "../corpus.ts";
import { CoverageLines, corpusLines } from "../coverage_lines.ts";
import { crashKey } from "../crash_key.ts";
import { formatWord, type Probe, uselessWords } from "../dictionary_analysis.ts";
import { drive } from "../drive.ts";
import type { Figures } from "../events.ts";
import { Features } from "../features.ts";
import { Fuzzer } from "../fuzzer.ts";
import { DEFAULT_FUZZER_OPTIONS, type FuzzerHost, type FuzzerOptions } from "../fuzzer_host.ts";
import { Random } from "../random.ts";
import { REQUEST_RELOAD, REQUEST_STOP } from "./control.ts";
import { listFiles, readInputs, removeFile, writeAtomically } from "./files.ts";
import { crashFinding, saveInput } from "./findings.ts";
import type { Job } from "./job.ts";
import { post, type Runner, rssMb, tell } from "./runner.ts";

/** Upper limit for a maximum length that is derived from the corpus. */
const LONGEST_BY_CORPUS = 1 << 20;
/** For measuring stability at the end: how many inputs are run again, how often, and how long that may take. */
const STABILITY_INPUTS = 64;
const STABILITY_RUNS = 2;
const STABILITY_MILLISECONDS = 300;

/** Fuzzes until a limit of the job, a crash that is not ignored, or a request to stop. @returns the exit code */
export async function fuzzJob(runner: Runner): Promise<number> {
  runner.announce();
  const campaign = await Campaign.create(runner);
  return campaign.run();
}

class Campaign implements FuzzerHost {
  readonly #runner: Runner;
  readonly #job: Job;
  readonly #features: Features;
  readonly #fuzzer: Fuzzer;
  readonly #lines: CoverageLines;
  readonly #knownKeys: Set<string>;
  /** Files that were read or written. */
  readonly #knownFiles: Set<string>;
  readonly #started = performance.now();
  #exitCode = 0;
  #saidUnwritten = false;

  static async create(runner: Runner): Promise<Campaign> {
    return new Campaign(runner, Features.create(runner.target));
  }

  private constructor(runner: Runner, features: Features) {
    this.#runner = runner;
    this.#job = runner.job;
    this.#features = features;
    this.#knownKeys = new Set(runner.job.knownKeys);
    const { flags, skipped } = this.#job;
    const files = listFiles(this.#job.paths, saySkipped);
    this.#knownFiles = new Set(files);
    const read = readInputs([...files, ...this.#job.seedFiles], saySkipped).map(({ bytes }) => bytes);
    const deadly = new Map(skipped);
    const seeds = [...read, ...this.#job.inputs].filter((bytes) => deadly.size === 0 || !deadly.has(sha1Hex(bytes)));
    describeSeeds(seeds);
    if (runner.target.custom !== undefined) describeCustom(runner.target.custom);
    this.#lines = new CoverageLines(runner.target, features, {
      pcs: flags.print_pcs !== 0,
      functions: flags.print_funcs,
    });
    this.#fuzzer = new Fuzzer(runner.target, features, this.#options(seeds, deadly), this);
    this.#fuzzer.start(seeds);
  }

  async run(): Promise<number> {
    if (this.#job.flags.analyze_dict !== 0) return this.#analyzeDictionary();
    await drive(this.#fuzzer, this.#runner.target, () => this.#obey());
    if (this.#exitCode === 0) tell({ event: "done", figures: this.#figures() });
    post({ figures: this.#figures() });
    this.#printAtEnd();
    if (this.#exitCode === 0) await this.#measureStability();
    return this.#exitCode;
  }

  #printAtEnd(): void {
    const { flags } = this.#job;
    const say = (text: string): void => tell({ event: "note", text });
    if (flags.print_coverage !== 0) say(this.#lines.summary());
    if (flags.print_full_coverage !== 0) say(this.#lines.full());
    if (flags.print_corpus_stats !== 0) say(corpusLines(this.#fuzzer.corpus.entries));
  }

  async #analyzeDictionary(): Promise<number> {
    const { dictionary, seed } = this.#job;
    // Runs the seeds and nothing else.
    await drive(this.#fuzzer, this.#runner.target, () => !this.#fuzzer.isSeeding);
    const probe: Probe = async (input) => {
      this.#features.clear();
      await this.#runner.run(input.subarray(0, this.#runner.target.maxInputBytes));
      const foundNew = this.#features.collect(false) > 0;
      return { foundNew, features: this.#features.list().join() };
    };
    tell({ event: "note", text: `INFO: Started dictionary minimization (${dictionary.length} words)` });
    const inputs = this.#fuzzer.corpus.entries.map(({ bytes }) => bytes);
    const useless = await uselessWords(dictionary, inputs, probe, new Random(seed));
    const lines = useless.map(formatWord);
    const text = [
      "###### Useless dictionary elements. ######",
      ...lines,
      "###### End of useless dictionary elements. ######",
    ];
    tell({ event: "note", text: text.join("\n") });
    return 0;
  }

  /** Measures whether the same inputs still reach the same code, now that many others have run. */
  async #measureStability(): Promise<void> {
    const { target } = this.#runner;
    const watched: FuzzTarget = Object.create(target, {
      runOne: { value: (input: Uint8Array) => this.#runner.run(input.subarray(0, target.maxInputBytes)) },
      counters: { get: () => target.counters },
      modules: { get: () => target.modules },
    });
    const { reached, unstable } = await measureStability(watched, sample(this.#fuzzer.corpus.entries), STABILITY_RUNS);
    post({ stability: { reached, unstable: unstable.length } });
  }

  publish(input: Uint8Array): void {
    this.#runner.publish(input);
  }

  returned(): void {
    this.#runner.control.idle();
  }

  onInput(
    kind: "seed" | "new" | "reduce",
    entry: CorpusEntry,
    mutations: readonly string[],
    replaced: string | undefined,
  ): void {
    const { outputDirectory } = this.#job;
    const lines = this.#lines.note(entry);
    if (kind === "seed") return;
    if (lines.length > 0) tell({ event: "note", text: lines.join("\n") });
    if (outputDirectory === undefined) post({ kept: entry.bytes });
    else {
      const path = join(outputDirectory, entry.sha1);
      this.#knownFiles.add(path);
      this.#write(path, entry.bytes);
      if (replaced !== undefined) removeFile(join(outputDirectory, replaced));
    }
    const input = { sha1: entry.sha1, bytes: entry.bytes.length, mutations };
    tell({ event: kind, figures: this.#figures(), input });
  }

  /** Writes an input. The corpus is in memory, too: a full disk is reported once, and the campaign goes on. */
  #write(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    try {
      writeAtomically(path, bytes, false);
    } catch (error) {
      post({ kept: bytes });
      if (this.#saidUnwritten) return;
      this.#saidUnwritten = true;
      const text = `WARNING: new inputs cannot be written, and are kept in memory: ${(error as Error).message}`;
      tell({ event: "note", text });
    }
  }

  onCrash(input: Uint8Array<ArrayBuffer>, crash: Crash, base: CorpusEntry | undefined, mutations: string[]): boolean {
    const { flags } = this.#job;
    const key = crashKey(crash);
    const isDuplicate = flags.ignore_crashes !== 0 && this.#knownKeys.has(key);
    const saved = isDuplicate ? undefined : saveInput("crash", input, flags);
    this.#knownKeys.add(key);
    const finding = crashFinding(input, crash, saved, { mutations, base: base?.sha1 });
    tell({ event: "finding", finding, isDuplicate });
    if (flags.ignore_crashes !== 0) return true;
    this.#exitCode = flags.error_exitcode;
    return false;
  }

  onProgress(kind: "inited" | "pulse" | "reload"): void {
    tell({ event: kind, figures: this.#figures() });
  }

  /** Fulfils requests of the watcher. @returns whether it asked to stop */
  #obey(): boolean {
    const requests = this.#runner.control.takeRequests();
    if (requests === 0) return false;
    if ((requests & REQUEST_RELOAD) !== 0) this.#reload();
    return (requests & REQUEST_STOP) !== 0;
  }

  #reload(): void {
    const files = listFiles(this.#job.paths.slice(0, 1)).filter((path) => !this.#knownFiles.has(path));
    if (files.length === 0) return;
    for (const path of files) this.#knownFiles.add(path);
    this.#fuzzer.reload(readInputs(files).map(({ bytes }) => bytes));
  }

  #options(seeds: readonly Uint8Array[], deadly: ReadonlyMap<string, number>): FuzzerOptions {
    const { flags, seed, dictionary, runsBefore } = this.#job;
    return {
      seed,
      maxRuns: flags.runs < 0 ? Number.POSITIVE_INFINITY : Math.max(0, flags.runs - runsBefore),
      maxLength: Math.min(this.#maxLength(seeds), this.#runner.target.maxInputBytes),
      lenControl: flags.len_control,
      depth: Math.max(1, flags.mutate_depth),
      dictionary,
      comparisons: flags.use_cmp !== 0,
      valueProfile: flags.use_value_profile !== 0,
      entropic: flags.entropic !== 0,
      keepSeeds: flags.keep_seed !== 0,
      reduce: flags.reduce_inputs !== 0,
      shrink: flags.shrink !== 0,
      shuffle: flags.shuffle !== 0,
      preferSmall: flags.prefer_small !== 0,
      onlyAscii: flags.only_ascii !== 0,
      crossOver: flags.cross_over !== 0,
      focus: this.#focus(flags.focus_function),
      deadly,
    };
  }

  /** With `auto`, libFuzzer chooses by a data flow trace, which does not exist here; without one it has no focus. */
  #focus(name: string): FuzzerOptions["focus"] {
    if (name === "") return undefined;
    if (name !== "auto") return this.#focusOn(name);
    tell({
      event: "note",
      text: "INFO: -focus_function=auto: there is no data flow trace, so no function is in focus",
    });
    return undefined;
  }

  /** @throws {TargetError} a target that is a module has no function of this name; a script may load modules later */
  #focusOn(name: string): (features: Uint32Array) => boolean {
    const { modules } = this.#runner.target;
    const isOfFunction = (module: TargetModule, index: number): boolean => {
      const func = module.functionOf(module.pcs[index] as bigint);
      return func !== undefined && module.functionName(func) === name;
    };
    const exists = modules.some((module) => module.pcs.some((_pc, index) => isOfFunction(module, index)));
    if (modules.length > 0 && !exists) {
      const reason = `Failed to set focus function. Make sure the function name is valid (${name})`;
      throw new TargetError("ERR_TARGET_EXPORT", `ERROR: ${reason}`);
    }
    tell({ event: "note", text: `INFO: Focus function is set to '${name}'` });
    return (features) =>
      features.some((feature) => {
        const counter = this.#features.counterOf(feature);
        const module = counter && modules[counter.module];
        return module !== undefined && isOfFunction(module, counter?.index ?? 0);
      });
  }

  #maxLength(seeds: readonly Uint8Array[]): number {
    const { max_len: given } = this.#job.flags;
    if (given > 0) return given;
    const longest = seeds.reduce((most, { length }) => Math.max(most, length), DEFAULT_FUZZER_OPTIONS.maxLength);
    const length = Math.min(longest, LONGEST_BY_CORPUS);
    const text = `INFO: -max_len is not provided; libFuzzer will not generate inputs larger than ${length} bytes`;
    tell({ event: "note", text });
    return length;
  }

  #figures(): Figures {
    const { corpus, runs, limit } = this.#fuzzer;
    return {
      runs: runs + this.#job.runsBefore,
      edges: this.#features.edges,
      features: this.#features.total,
      inputs: corpus.entries.length,
      bytes: corpus.totalBytes,
      limit,
      seconds: (performance.now() - this.#started) / 1000,
      rssMb: rssMb(),
    };
  }
}

/** Yields inputs from all over a corpus, as many as there is time for. */
function* sample(entries: readonly CorpusEntry[]): Generator<Uint8Array, void, void> {
  const end = performance.now() + STABILITY_MILLISECONDS;
  const step = Math.max(1, entries.length / STABILITY_INPUTS);
  for (let k = 0; k < entries.length && performance.now() < end; k += step) {
    yield (entries[Math.floor(k)] as CorpusEntry).bytes;
  }
}

function saySkipped(path: string, reason: string): void {
  tell({ event: "note", text: `WARNING: ${path} is left out: ${reason}` });
}

function describeCustom({ mutate, crossOver }: CustomMutations): void {
  const found = [mutate && "LLVMFuzzerCustomMutator", crossOver && "LLVMFuzzerCustomCrossOver"];
  for (const name of found) {
    if (name === undefined) continue;
    const what = name === "LLVMFuzzerCustomMutator" ? "custom mutator" : "custom cross-over";
    const effect = mutate && name.endsWith("Mutator") ? " Disabling -len_control by default." : "";
    tell({ event: "note", text: `INFO: found ${name} (${what}).${effect}` });
  }
}

function describeSeeds(seeds: readonly Uint8Array[]): void {
  if (seeds.length === 0) {
    tell({ event: "note", text: "INFO: A corpus is not provided, starting from an empty corpus" });
    return;
  }
  const sizes = seeds.map(({ length }) => length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const [least, most] = [sizes.reduce((a, b) => Math.min(a, b)), sizes.reduce((a, b) => Math.max(a, b))];
  const text = `INFO: seed corpus: files: ${seeds.length} min: ${least}b max: ${most}b total: ${total}b rss: ${Math.round(rssMb())}Mb`;
  tell({ event: "note", text });
}
