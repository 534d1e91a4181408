/**
 * The engine: chooses inputs, and keeps those that reach something new. It runs nothing itself, so that a target may be
 * asynchronous, while a synchronous one is not slowed down by promises:
 *
 *     prepare() ──▶ input ──▶ target.runOne ──▶ outcome ──▶ conclude(outcome) ──▶ prepare() …
 *
 * Its choices depend only on the random seed, the seed inputs and the target, not on a clock or the machine.
 *
 *     stages      seeds ──▶ solve (each entry once, now and then a mutant) ⇄ mutations
 */

import type { Crash, FuzzTarget, RunOutcome } from "../engine.ts";
import { ComparisonStages, type Stage } from "./comparison_stages.ts";
import { Corpus, type CorpusEntry, sha1Hex } from "./corpus.ts";
import type { Features } from "./features.ts";
import type { FuzzerHost, FuzzerOptions } from "./fuzzer_host.ts";
import { Mutator } from "./mutate.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import type { Substitution } from "./substitution.ts";

/** One in so many executions counts for the rarity of features. */
const COUNTED = 8;
/** For lengths below this, the view of the input is kept. */
const KEPT_VIEWS = 4097;
/** How many inputs in a row may be skipped because they ended a process before. */
const DEADLY_TRIES = 1000;
/** The initial limit of the length of inputs, if their growth is controlled. */
const FIRST_LENGTH = 64;
/** An engine is idle after this many executions without a new counter feature, plus half of those until the last. */
const IDLE_RUNS = 32_768;
/** The lowest hit count in each bucket. */
const BUCKET_COUNTS = [1, 2, 3, 4, 8, 16, 32, 128];

export class Fuzzer {
  readonly corpus: Corpus = new Corpus();
  /** Number of executions so far. */
  runs = 0;
  /** The length that mutations may currently reach, in bytes. */
  limit: number;
  /** Whether there is nothing left to do. */
  done = false;
  readonly features: Features;
  readonly #options: FuzzerOptions;
  readonly #host: FuzzerHost;
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #schedule: Schedule;
  readonly #stages: ComparisonStages;
  readonly #views: Uint8Array[] = [];
  /** Size in bytes of the shortest input with each feature, for `shrink`. */
  readonly #shortest = new Map<number, number>();
  #stage: Stage | undefined;
  /** Sizes in bytes of the inputs that ended a process. */
  readonly #deadlyLengths: ReadonlySet<number>;
  /** The entry that the current input was made from. */
  #base: CorpusEntry | undefined;
  #size = 0;
  #depth = 0;
  #seeding = false;
  /** How many inputs of the current batch of seeds are left, including the one that runs. */
  #seedsLeft = 0;
  /** Whether a crash has ended the run. */
  #isOver = false;
  #foundNew = false;
  /** Executions at the last restart of the wait for a higher length limit, and at the last new counter feature. */
  #lastGain = 0;
  #lastEdge = 0;

  constructor(target: FuzzTarget, features: Features, options: FuzzerOptions, host: FuzzerHost) {
    this.features = features;
    this.#options = options;
    this.#host = host;
    this.#random = new Random(options.seed);
    const substitutions: Substitution[] = [];
    const { maxLength, dictionary, crossOver } = options;
    const { custom } = target;
    this.#mutator = new Mutator(this.#random, { maxLength, dictionary, substitutions, crossOver, custom });
    this.#schedule = new Schedule(this.corpus, features, options.entropic);
    this.#stages = new ComparisonStages(target, options, this.#mutator, substitutions, () => this.#foundNew);
    this.limit =
      options.lenControl > 0 && custom?.mutate === undefined
        ? Math.min(FIRST_LENGTH, options.maxLength)
        : options.maxLength;
    this.#deadlyLengths = new Set(options.deadly.values());
    features.clear();
  }

  /** Begins with seeds: runs each, and keeps those that reach something. Overlong ones are truncated. */
  start(seeds: readonly Uint8Array[]): void {
    const ordered = [...seeds];
    if (this.#options.shuffle) this.#shuffle(ordered);
    if (this.#options.preferSmall) ordered.sort((a, b) => a.length - b.length);
    this.#begin(ordered.length === 0 ? [new Uint8Array(0), Uint8Array.of(10)] : ordered, "inited");
  }

  /** Takes inputs that other processes found: they are run before anything else is mutated. */
  reload(inputs: readonly Uint8Array[]): void {
    this.#endStage();
    this.#begin(inputs, "reload");
  }

  /** Whether seeds, or inputs of other processes, are running. */
  get isSeeding(): boolean {
    return this.#seedsLeft > 0;
  }

  /** @returns the input to run next, a view that is valid until the next call; it must not be changed */
  prepare(): Uint8Array {
    this.#advance();
    // Limited, because the target's own mutator might make nothing else.
    for (let tries = 0; tries < DEADLY_TRIES && this.#isDeadly(); tries++) {
      // To the stage it looks like an execution that compared nothing and reached nothing.
      this.#foundNew = false;
      this.#stages.forget();
      this.#advance();
    }
    const input = this.#view(this.#size);
    this.#host.publish(input);
    return input;
  }

  /** Takes the outcome of the input. */
  conclude(outcome: RunOutcome): void {
    this.#host.returned();
    this.runs++;
    this.#stages.count();
    this.#foundNew = false;
    if (outcome.kind === "crash") this.#crashed(outcome.crash, outcome.input);
    else if (!outcome.rejected || (this.#seeding && this.#options.keepSeeds)) this.#learn();
    this.features.clear();
    if ((this.runs & (this.runs - 1)) === 0) this.#host.onProgress("pulse");
    // Seeds run whatever the limit is; the stage is complete after the last of them.
    if (this.#seedsLeft > 0 && --this.#seedsLeft === 0) {
      this.#stage?.next();
      this.#stage = undefined;
    }
    if (this.#seedsLeft === 0 && this.runs >= this.#options.maxRuns) this.done = true;
  }

  /** Ends the current stage, and restores the target's settings. */
  stop(): void {
    this.done = true;
    this.#endStage();
    this.#stages.stop();
  }

  #advance(): void {
    const step = this.#stage?.next();
    if (step !== undefined && step.done !== true) this.#size = step.value;
    else this.#mutate();
    if (this.#options.onlyAscii && !this.#seeding) toAscii(this.#mutator.state.data, this.#size);
  }

  /**
   * Whether this very input ended an earlier process. Stages make the same inputs from the same corpus whatever the
   * seed is, and short mutants soon repeat: each process would end where the one before it did. Inputs of other lengths
   * are not worth hashing.
   */
  #isDeadly(): boolean {
    const { deadly } = this.#options;
    if (!this.#deadlyLengths.has(this.#size) || this.#seeding) return false;
    return deadly.has(sha1Hex(this.#mutator.state.data.subarray(0, this.#size)));
  }

  #learn(): void {
    const base = this.#base;
    const shorter =
      this.#options.reduce &&
      base !== undefined &&
      this.#size < base.bytes.length &&
      !base.isSeed &&
      base.unique.length > 0 &&
      this.features.includes(base.unique, this.#stages.isRecording);
    const counted = this.runs % COUNTED === 0 && this.#stage === undefined;
    const isLookedAt = shorter || this.#seeding || this.#options.shrink || this.#stages.isRecording;
    let found = this.features.collect(counted, !isLookedAt);
    if (found > 0) this.#lastEdge = this.runs;
    if (this.#stages.isRecording) found += this.#learnComparisons(found);
    if (found > 0 || (this.#seeding && this.#options.keepSeeds)) this.#add(found);
    else if (this.#options.shrink && this.#isShortest()) this.#add(0);
    else if (shorter) this.#replace(base);
  }

  /** @param found number of new counter features @returns number of new features of comparisons */
  #learnComparisons(found: number): number {
    const { comparisons, valueProfile } = this.#options;
    const outcomes = comparisons ? this.features.collectOutcomes(found) : 0;
    if (!valueProfile && !(comparisons && this.#isIdle)) return outcomes;
    return outcomes + this.features.collectValueProfile(found + outcomes, !valueProfile);
  }

  /**
   * Whether counters have shown nothing new for so long that progress is more likely in comparisons. Their value
   * profile is looked at then, which costs time, and keeps inputs that differ in nothing else.
   */
  get #isIdle(): boolean {
    return this.runs > IDLE_RUNS + 1.5 * this.#lastEdge;
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
      gained: 0,
      isTrimmed: this.#seeding,
      isFocused: this.#options.focus?.(features) ?? false,
      solveAt: 1,
      isGuarded: false,
    };
    this.corpus.add(entry);
    if (this.#base !== undefined) this.#base.gained++;
    // Ends the stack of mutations: the next would mutate this input as if it were its base, whose features it may lack.
    this.#depth = 0;
    this.#host.onInput(this.#seeding ? "seed" : "new", entry, this.#mutations(), undefined);
  }

  /** Whether the input is the shortest so far with one of its features. Notes its size. */
  #isShortest(): boolean {
    let shortest = false;
    for (const feature of this.features.list()) {
      const before = this.#shortest.get(feature);
      if (before !== undefined && before <= this.#size) continue;
      this.#shortest.set(feature, this.#size);
      shortest ||= before !== undefined;
    }
    return shortest;
  }

  #replace(base: CorpusEntry): void {
    const bytes = this.#mutator.state.data.slice(0, this.#size);
    const hash = sha1Hex(bytes);
    if (this.corpus.has(hash)) return;
    const replaced = base.sha1;
    const kept = bytes.length / base.bytes.length;
    this.corpus.replace(base, bytes, hash);
    base.features = this.features.list();
    base.work = Math.max(workOf(base.features), base.work * kept);
    this.#host.onInput("reduce", base, this.#mutations(), replaced);
  }

  /** Takes the outcome of what executions left behind, after the last of them. */
  concludeLate(outcome: RunOutcome): void {
    if (outcome.kind === "crash" && !this.#isOver) this.#crashed(outcome.crash, outcome.input);
  }

  #crashed(crash: Crash, earlier: Uint8Array<ArrayBuffer> | undefined): void {
    const input = earlier ?? this.#mutator.state.data.slice(0, this.#size);
    this.#depth = 0;
    const mutations = earlier === undefined ? this.#mutations() : [];
    const base = earlier === undefined ? this.#base : undefined;
    if (this.#host.onCrash(input, crash, base, mutations)) return;
    this.done = true;
    this.#isOver = true;
  }

  /** Names of the mutations that made the input. */
  #mutations(): string[] {
    const history = this.#mutator.history();
    return this.#stages.isActive ? [...history, "CMP"] : history;
  }

  #mutate(): void {
    this.#stage = undefined;
    if (this.#depth === 0 && !this.#choose()) return;
    this.#size = this.#mutator.mutate(this.#size);
    this.#depth--;
  }

  /** Chooses an input to mutate. @returns false if a stage runs first */
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
    const stage = this.#stages.stageFor(entry, this.#size, this.runs);
    if (stage === undefined) {
      this.#stages.sample(this.#isIdle, this.runs);
      return true;
    }
    this.#depth = 0;
    this.#stage = stage;
    this.#size = stage.next().value as number;
    return false;
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

  #begin(inputs: readonly Uint8Array[], kind: "inited" | "reload"): void {
    this.#seedsLeft = inputs.length;
    this.#stage = this.#runAll(inputs, kind);
  }

  #shuffle(inputs: Uint8Array[]): void {
    for (let k = inputs.length - 1; k > 0; k--) {
      const other = this.#random.below(k + 1);
      [inputs[k], inputs[other]] = [inputs[other] as Uint8Array, inputs[k] as Uint8Array];
    }
  }

  *#runAll(inputs: readonly Uint8Array[], kind: "inited" | "reload"): Stage {
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

  /** Adds an input if all seeds crashed or were rejected: one is needed to begin with. */
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
      gained: 0,
      isTrimmed: true,
      isFocused: false,
      solveAt: 1,
      isGuarded: false,
    });
  }

  #endStage(): void {
    this.#stage?.return();
    this.#stage = undefined;
    this.#seeding = false;
    this.#seedsLeft = 0;
    this.#depth = 0;
  }

  #view(size: number): Uint8Array {
    const { data } = this.#mutator.state;
    if (size >= KEPT_VIEWS) return data.subarray(0, size);
    this.#views[size] ??= data.subarray(0, size);
    return this.#views[size];
  }
}

/** Turns bytes into printable characters or white space. */
function toAscii(data: Uint8Array, size: number): void {
  for (let k = 0; k < size; k++) {
    const byte = (data[k] as number) & 0x7f;
    const isText = (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13);
    data[k] = isText ? byte : 32;
  }
}

function workOf(features: Uint32Array): number {
  let work = 0;
  for (const feature of features) work += BUCKET_COUNTS[feature % 8] as number;
  return work;
}
