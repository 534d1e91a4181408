/**
 * The engine: chooses inputs, and keeps those that reach what no other did. It runs nothing itself, so that a target may
 * be asynchronous and no promise is in the way of one that is not:
 *
 *     prepare() ──▶ input ──▶ target.runOne ──▶ outcome ──▶ conclude(outcome) ──▶ prepare() …
 *
 * What it chooses depends on the seed, the seeds and the target, and on nothing else: no clock, no machine.
 *
 *     stages      seeds ──▶ solve (once an entry, now and then a mutant) ⇄ mutations
 */

import type { Crash, FuzzTarget, RunOutcome } from "../engine.ts";
import { type Compared, ComparisonReader } from "./comparisons.ts";
import { Corpus, type CorpusEntry, sha1Hex } from "./corpus.ts";
import { randomAttempt } from "./encodings.ts";
import type { Features } from "./features.ts";
import { Haystack } from "./haystack.ts";
import { Mutator } from "./mutate.ts";
import { Random } from "./random.ts";
import { repair } from "./repair.ts";
import { Schedule } from "./schedule.ts";
import { passesGuard, solve } from "./solve.ts";
import { type SolveContext, Tries } from "./solve_context.ts";
import type { Substitution } from "./substitution.ts";

export interface FuzzerOptions {
  /** 32 bits. */
  readonly seed: number;
  /** Executions after which it is done; Infinity: never. */
  readonly maxRuns: number;
  /** The longest input, in bytes, at least 1. */
  readonly maxLength: number;
  /** How slowly the length of inputs grows up to that; 0: not limited. libFuzzer's `-len_control`. */
  readonly lenControl: number;
  /** Mutations on top of each other before another input is chosen. */
  readonly depth: number;
  /** Words of the user. */
  readonly dictionary: readonly Uint8Array[];
  /** Whether comparisons guide it: some executions record them. */
  readonly comparisons: boolean;
  /** Whether every execution records them, and inputs that come closer to equality are kept. */
  readonly valueProfile: boolean;
  /** Whether inputs that reach what is rarely reached are mutated more. */
  readonly entropic: boolean;
  /** Whether seeds are kept whatever they reach. */
  readonly keepSeeds: boolean;
  /** Whether a shorter input takes the place of one that it equals. */
  readonly reduce: boolean;
}

/** Who drives the engine. */
export interface FuzzerHost {
  /** An input is about to run: whatever happens, it must be known. */
  publish(input: Uint8Array): void;
  /** The corpus changed. `replaced`: SHA-1 of the input that was there before. */
  onInput(kind: "new" | "reduce", entry: CorpusEntry, mutations: readonly string[], replaced: string | undefined): void;
  /** An input crashed. @returns whether to go on */
  onCrash(input: Uint8Array<ArrayBuffer>, crash: Crash, base: CorpusEntry | undefined, mutations: string[]): boolean;
  onProgress(kind: "inited" | "pulse" | "reload"): void;
}

/** One in so many executions counts for the rarity of features. */
const COUNTED = 8;
/** One in so many choices has the comparisons of a mutant solved. */
const SOLVED_MUTANTS = 64;
/** Executions that solving may take, of an entry and of a mutant. */
const SOLVE_ENTRY = 1024;
const SOLVE_MUTANT = 64;
/** At most one in so many executions is part of all that, but for the first ones. */
const TRACED_SHARE = 4;
/** Executions that one counts for if comparisons are recorded. */
const RECORDING_COST = 4;
const FREE_TRACED_RUNS = 4096;
/** Operands that are kept for mutations. */
const SUBSTITUTIONS = 512;
/** Lengths below this have their view of the input kept. */
const KEPT_VIEWS = 4097;
/** The length that inputs may have at first, if their growth is controlled. */
const FIRST_LENGTH = 64;
/** Executed sites that a bucket stands for, at least. */
const BUCKET_COUNTS = [1, 2, 3, 4, 8, 16, 32, 128];

export class Fuzzer {
  readonly corpus: Corpus = new Corpus();
  /** Executions so far. */
  runs = 0;
  /** The length that mutations may reach at the moment, in bytes. */
  limit: number;
  /** Nothing more is to be done. */
  done = false;
  readonly features: Features;
  readonly #target: FuzzTarget;
  readonly #options: FuzzerOptions;
  readonly #host: FuzzerHost;
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #schedule: Schedule;
  readonly #substitutions: Substitution[] = [];
  readonly #solveContext: SolveContext;
  readonly #views: Uint8Array[] = [];
  #stage: Generator<number, void, void> | undefined;
  /** What the input was made from. */
  #base: CorpusEntry | undefined;
  #size = 0;
  #depth = 0;
  #seeding = false;
  #isRecording = false;
  /** The stage is about comparisons, and how many executions such stages took. */
  #tracing = false;
  #tracedRuns = 0;
  #foundNew = false;
  #lastGain = 0;

  constructor(target: FuzzTarget, features: Features, options: FuzzerOptions, host: FuzzerHost) {
    this.#target = target;
    this.features = features;
    this.#options = options;
    this.#host = host;
    this.#random = new Random(options.seed);
    this.#mutator = new Mutator(this.#random, options.maxLength, options.dictionary, this.#substitutions);
    this.#schedule = new Schedule(this.corpus, features, options.entropic);
    this.#solveContext = this.#createSolveContext();
    this.limit = options.lenControl > 0 ? Math.min(FIRST_LENGTH, options.maxLength) : options.maxLength;
    this.#record(options.valueProfile);
    features.clear();
  }

  /** Begins with seeds: runs each, shortest first, and keeps those that reach something. Longer ones are cut. */
  start(seeds: readonly Uint8Array[]): void {
    const sorted = [...seeds].sort((a, b) => a.length - b.length);
    this.#stage = this.#runAll(sorted.length === 0 ? [new Uint8Array(0), Uint8Array.of(10)] : sorted, "inited");
  }

  /** Takes inputs that others found: they are run before anything else is mutated. */
  reload(inputs: readonly Uint8Array[]): void {
    this.#endStage();
    this.#stage = this.#runAll(inputs, "reload");
  }

  /** @returns the input to run next, a view that is valid until the next call; it must not be changed */
  prepare(): Uint8Array {
    const step = this.#stage?.next();
    if (step !== undefined && step.done !== true) this.#size = step.value;
    else this.#mutate();
    const input = this.#view(this.#size);
    this.#host.publish(input);
    return input;
  }

  /** Takes what became of the input. */
  conclude(outcome: RunOutcome): void {
    this.runs++;
    if (this.#tracing) this.#tracedRuns += this.#isRecording ? RECORDING_COST : 1;
    this.#foundNew = false;
    if (outcome.kind === "crash") this.#crashed(outcome.crash);
    else if (!outcome.rejected || (this.#seeding && this.#options.keepSeeds)) this.#learn();
    this.features.clear();
    if ((this.runs & (this.runs - 1)) === 0) this.#host.onProgress("pulse");
    if (this.runs >= this.#options.maxRuns) this.done = true;
  }

  /** Ends what was begun, so that the target is as it was. */
  stop(): void {
    this.done = true;
    this.#endStage();
    this.#record(false);
  }

  #learn(): void {
    const base = this.#base;
    const shorter =
      this.#options.reduce &&
      base !== undefined &&
      this.#size < base.bytes.length &&
      !base.isSeed &&
      base.unique.length > 0 &&
      this.features.includes(base.unique);
    const counted = this.runs % COUNTED === 0 && this.#stage === undefined;
    let found = this.features.fold(counted);
    if (this.#options.valueProfile) found += this.features.foldComparisons(found);
    if (found > 0 || (this.#seeding && this.#options.keepSeeds)) this.#add(found);
    else if (shorter) this.#replace(base);
  }

  #add(found: number): void {
    const unique = this.features.found(found);
    const bytes = this.#mutator.state.data.slice(0, this.#size);
    const hash = sha1Hex(bytes);
    this.#foundNew = true;
    this.#lastGain = this.runs;
    if (this.corpus.has(hash)) return;
    const features = this.features.list();
    const entry = {
      bytes,
      sha1: hash,
      isSeed: this.#seeding,
      features,
      unique,
      work: workOf(features),
      chosen: 0,
      solved: false,
      isGuarded: false,
    };
    this.corpus.add(entry);
    // What follows mutates the new input, not its base: its features are this entry's to lose.
    this.#depth = 0;
    if (!this.#seeding) this.#host.onInput("new", entry, this.#mutator.history(), undefined);
  }

  #replace(base: CorpusEntry): void {
    const bytes = this.#mutator.state.data.slice(0, this.#size);
    const hash = sha1Hex(bytes);
    if (this.corpus.has(hash)) return;
    const replaced = base.sha1;
    this.corpus.replace(base, bytes, hash);
    base.features = this.features.list();
    base.work = workOf(base.features);
    this.#host.onInput("reduce", base, this.#mutator.history(), replaced);
  }

  #crashed(crash: Crash): void {
    const input = this.#mutator.state.data.slice(0, this.#size);
    this.#depth = 0;
    if (!this.#host.onCrash(input, crash, this.#base, this.#mutator.history())) this.done = true;
  }

  #mutate(): void {
    this.#stage = undefined;
    if (this.#depth === 0 && !this.#choose()) return;
    this.#size = this.#mutator.mutate(this.#size);
    this.#depth--;
  }

  /** Chooses an input to mutate. @returns false if its comparisons, or a mutant's, are run first */
  #choose(): boolean {
    const { state } = this.#mutator;
    const { entries } = this.corpus;
    const entry = this.#schedule.choose(this.#random);
    this.#base = entry;
    this.#size = Math.min(entry.bytes.length, this.#options.maxLength);
    this.#mutator.load(entry.bytes.subarray(0, this.#size));
    this.#growLimit();
    state.limit = Math.max(this.limit, this.#size);
    state.other = (entries[this.#random.below(entries.length)] as CorpusEntry).bytes;
    this.#depth = this.#options.depth;
    const stage = this.#options.comparisons ? this.#stageFor(entry) : undefined;
    if (stage === undefined) return true;
    this.#depth = 0;
    this.#stage = stage;
    this.#size = stage.next().value as number;
    return false;
  }

  /** What is to be done with an input's comparisons, if it is time for that. */
  #stageFor(entry: CorpusEntry): Generator<number, void, void> | undefined {
    const { data } = this.#mutator.state;
    // Its mutants are worth nothing otherwise.
    if (entry.isGuarded && this.#random.oneIn(2)) return this.#traced(this.#repairMutants());
    if (this.#tracedRuns > FREE_TRACED_RUNS + this.runs / TRACED_SHARE) return undefined;
    if (!entry.solved) {
      entry.solved = true;
      return this.#traced(this.#solveEntry(entry));
    }
    if (!this.#random.oneIn(SOLVED_MUTANTS)) return undefined;
    this.#size = this.#mutator.mutate(this.#size);
    return this.#traced(solve(this.#solveContext, data.slice(0, this.#size), SOLVE_MUTANT));
  }

  #growLimit(): void {
    const { lenControl, maxLength } = this.#options;
    if (this.limit >= maxLength) return;
    this.limit = Math.min(maxLength, Math.max(this.limit, this.corpus.longestBytes));
    const log = 32 - Math.clz32(this.limit);
    if (this.runs - this.#lastGain <= lenControl * log) return;
    this.limit = Math.min(maxLength, this.limit + log);
    this.#lastGain = this.runs;
  }

  *#runAll(inputs: readonly Uint8Array[], kind: "inited" | "reload"): Generator<number, void, void> {
    this.#seeding = true;
    this.#base = undefined;
    const before = this.corpus.entries.length;
    for (const input of inputs) {
      const cut = input.subarray(0, this.#options.maxLength);
      this.#mutator.load(cut);
      yield cut.length;
    }
    if (this.corpus.entries.length === 0) this.#addUninteresting();
    this.#seeding = false;
    if (kind === "inited" || this.corpus.entries.length > before) this.#host.onProgress(kind);
  }

  /** All seeds crashed or were rejected: one is needed to begin with. */
  #addUninteresting(): void {
    const bytes = Uint8Array.of(10);
    const none = new Uint32Array(0);
    const hash = sha1Hex(bytes);
    this.corpus.add({
      bytes,
      sha1: hash,
      isSeed: true,
      features: none,
      unique: none,
      work: 1,
      chosen: 0,
      solved: false,
      isGuarded: false,
    });
  }

  *#solveEntry(entry: CorpusEntry): Generator<number, void, void> {
    const bytes = this.#mutator.state.data.slice(0, this.#size);
    this.#record(true);
    yield bytes.length;
    entry.isGuarded = passesGuard(this.#solveContext);
    yield* solve(this.#solveContext, bytes, SOLVE_ENTRY);
  }

  /** Mutants of an input that passed a guard, each with what it needs to pass it too. */
  *#repairMutants(): Generator<number, void, void> {
    let size = this.#size;
    this.#record(true);
    for (let depth = 0; depth < this.#options.depth; depth++) {
      size = this.#mutator.mutate(size);
      yield size;
      if (!this.#foundNew) yield* repair(this.#solveContext, size, this.#solveContext.guards);
      if (this.#foundNew) return;
    }
  }

  /** A stage that may have comparisons recorded, and leaves that off. */
  *#traced(stage: Generator<number, void, void>): Generator<number, void, void> {
    this.#tracing = true;
    try {
      yield* stage;
    } finally {
      this.#tracing = false;
      this.#record(this.#options.valueProfile);
    }
  }

  #record(on: boolean): void {
    if (on === this.#isRecording) return;
    this.#isRecording = on;
    if (on) this.#target.comparisons.enable();
    else this.#target.comparisons.disable();
  }

  #endStage(): void {
    this.#stage?.return();
    this.#stage = undefined;
    this.#seeding = false;
    this.#depth = 0;
  }

  #createSolveContext(): SolveContext {
    const { comparisons } = this.#target;
    return {
      data: this.#mutator.state.data,
      limit: this.#options.maxLength,
      random: this.#random,
      reader: new ComparisonReader(),
      tries: new Tries(),
      pairs: Haystack.createPairs(),
      guards: new Set(),
      record: (on) => this.#record(on || this.#options.valueProfile),
      words: () => comparisons.words,
      foundNew: () => this.#foundNew,
      onCompared: (compared) => this.#rememberOperands(compared),
    };
  }

  /** One way of writing each, at random, in the place of an older one. */
  #rememberOperands(compared: readonly Compared[]): void {
    for (const comparison of compared) {
      const way = randomAttempt(comparison, this.#random);
      if (way === undefined) continue;
      if (this.#substitutions.length < SUBSTITUTIONS) this.#substitutions.push(way);
      else this.#substitutions[this.#random.below(SUBSTITUTIONS)] = way;
    }
  }

  #view(size: number): Uint8Array {
    const { data } = this.#mutator.state;
    if (size >= KEPT_VIEWS) return data.subarray(0, size);
    this.#views[size] ??= data.subarray(0, size);
    return this.#views[size];
  }
}

function workOf(features: Uint32Array): number {
  let work = 0;
  for (const feature of features) work += BUCKET_COUNTS[feature % 8] as number;
  return work;
}
