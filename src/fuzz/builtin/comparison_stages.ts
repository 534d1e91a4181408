/** The engine's stages that look at comparisons, and how much of its time they may take. */

import { KCOV_WORDS_PER_CMP } from "../../abi/kcov.ts";
import { countRecords } from "../../runtime/records.ts";
import type { FuzzTarget } from "../engine.ts";
import { type Compared, ComparisonReader } from "./comparisons.ts";
import type { CorpusEntry } from "./corpus.ts";
import { randomAttempt } from "./encodings.ts";
import { isValueProfile } from "./features.ts";
import type { FuzzerOptions } from "./fuzzer_host.ts";
import { Haystack } from "./haystack.ts";
import type { Mutator } from "./mutate.ts";
import type { Field } from "./probe.ts";
import type { Random } from "./random.ts";
import { repair } from "./repair.ts";
import { mend, sealsOf } from "./seals.ts";
import { passesGuard, probeShort, solve } from "./solve.ts";
import { type SolveContext, Tries } from "./solve_context.ts";
import type { Substitution } from "./substitution.ts";
import { SHORT, trim } from "./trim.ts";

/** Every so many choices, the comparisons of a mutant are solved. */
const SOLVED_MUTANTS = 64;
/** An entry is solved again when it was chosen so many times as often: what is tried, and where, is chosen at random. */
const AGAIN = 16;
/** Executions that solving may take: of an entry the first time, of one later, and of a mutant. */
const SOLVE_NEW_ENTRY = 256;
const SOLVE_ENTRY = 1024;
const SOLVE_MUTANT = 64;
/** At most one in so many executions is part of all that, but for the first ones. */
const TRACED_SHARE = 4;
const FREE_TRACED_RUNS = 1 << 17;
/**
 * And at most one in two but for the first few, whatever they cost: a bug that mutations find soon should not have to wait
 * until the comparisons of each early input are solved.
 */
const STAGES_SHARE = 2;
const FREE_STAGES_RUNS = 256;
/** What recording costs, in executions: of one that compares nothing, and of more of them by the record. */
const RECORDING = 4;
const RECORDED = 1 / 25;
/** What it costs to look at a record, where an execution compares nothing. */
const LOOKED_AT = 1 / 10;
/** Comparisons that take an execution as long again as one without any. */
const LONG_RECORDS = 270;
/** Of the mutants of one in so many inputs comparisons are recorded, and of one in so many where counters are silent. */
const SAMPLED = 8;
const SAMPLED_IDLE = 2;
/** At most one in so many executions goes into that, but for those where counters are silent, up to a limit. */
const SAMPLED_SHARE = 8;
const MOST_SAMPLED_IDLE = 1 << 22;
/** Operands that are kept for mutations. */
const SUBSTITUTIONS = 512;

/** Executions as a generator: each yield is one, of as many bytes of the mutator's input. */
export type Stage = Generator<number, void, void>;

export class ComparisonStages {
  /** The stage that runs is one of these. */
  isActive = false;
  readonly #target: FuzzTarget;
  readonly #options: FuzzerOptions;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** The mutator's list. */
  readonly #substitutions: Substitution[];
  readonly #context: SolveContext;
  /** The target records the comparisons of the execution that comes next, or has just been. */
  isRecording = false;
  /** Seals of inputs that have some, and of how many bytes they were when those were found. */
  readonly #seals = new WeakMap<CorpusEntry, { readonly bytes: number; readonly seals: readonly Field[] }>();
  /** The stage that runs is paid for out of what these stages may cost. */
  #isCounted = true;
  /** What these stages cost so far, in executions, and what samples do. */
  #spent = 0;
  #sampled = 0;
  /** Executions that these stages took. */
  #stageRuns = 0;

  /** @param foundNew whether the last execution had new features */
  constructor(
    target: FuzzTarget,
    options: FuzzerOptions,
    mutator: Mutator,
    substitutions: Substitution[],
    foundNew: () => boolean,
  ) {
    this.#target = target;
    this.#options = options;
    this.#mutator = mutator;
    this.#random = mutator.state.random;
    this.#substitutions = substitutions;
    this.#context = this.#createContext(foundNew);
    this.#record(options.valueProfile);
  }

  /**
   * What is to be done with the comparisons of an input that was chosen, if it is time for that.
   *
   * @param size bytes of it, which the mutator holds
   * @param runs executions so far
   */
  stageFor(entry: CorpusEntry, size: number, runs: number): Stage | undefined {
    if (!entry.isTrimmed && this.#options.reduce && this.#target.custom?.mutate === undefined) {
      entry.isTrimmed = true;
      if (!entry.isSeed && entry.unique.length > 0 && entry.bytes.length > SHORT) return this.#run(this.#trim(entry));
    }
    if (!this.#options.comparisons) return undefined;
    if (this.#target.custom?.mutate !== undefined) return this.#stageForCustom(entry, size, runs);
    const isAffordable = this.#isAffordable(runs);
    if (isAffordable && entry.chosen >= entry.solveAt) {
      const budget = entry.isSolved ? SOLVE_ENTRY : SOLVE_NEW_ENTRY;
      entry.isSolved = true;
      entry.solveAt = AGAIN * entry.chosen;
      return this.#run(this.#solveEntry(entry, size, budget));
    }
    // Its mutants are worth nothing otherwise: this is what they cost, and takes nothing from what solving may.
    if (entry.isGuarded && this.#random.oneIn(2)) return this.#run(this.#repairMutants(entry, size), false);
    if (!isAffordable) return undefined;
    return this.#random.oneIn(SOLVED_MUTANTS) ? this.#run(this.#solveMutant(size)) : undefined;
  }

  #isAffordable(runs: number): boolean {
    const isCheap = this.#spent <= FREE_TRACED_RUNS + runs / TRACED_SHARE;
    return isCheap && this.#stageRuns <= FREE_STAGES_RUNS + runs / STAGES_SHARE;
  }

  /** Where inputs are the custom mutator's to make, operands are only listened to: the engine's own mutations use them. */
  #stageForCustom(entry: CorpusEntry, size: number, runs: number): Stage | undefined {
    if (entry.chosen < entry.solveAt || !this.#isAffordable(runs)) return undefined;
    entry.solveAt = Number.POSITIVE_INFINITY;
    return this.#run(this.#listen(size));
  }

  *#listen(size: number): Stage {
    this.#record(true);
    yield size;
    this.#context.onCompared(this.#context.reader.read(this.#context.words()));
  }

  /**
   * An input was chosen to be mutated: has the comparisons of some mutants recorded, for their outcomes.
   *
   * @param isIdle counters have told nothing new for long
   * @param runs executions so far
   */
  sample(isIdle: boolean, runs: number): void {
    if (!this.#options.comparisons) return;
    const budget = runs / SAMPLED_SHARE + (isIdle ? Math.min(runs, MOST_SAMPLED_IDLE) : 0);
    const isSampled = this.#sampled < budget && this.#random.oneIn(isIdle ? SAMPLED_IDLE : SAMPLED);
    this.#record(this.#options.valueProfile || isSampled);
  }

  /** An execution is over. */
  count(): void {
    const cost = this.isRecording ? this.#costOfRecording() : 1;
    if (this.isActive && this.#isCounted) {
      this.#spent += cost;
      this.#stageRuns++;
    } else if (this.isRecording && !this.isActive) this.#sampled += cost;
  }

  /** In executions of the same input. No clock says what it is: a run is to be the same on every machine. */
  #costOfRecording(): number {
    const records = countRecords(this.#context.words(), KCOV_WORDS_PER_CMP);
    const looks = this.#context.reader.takeLooks();
    return (RECORDING + RECORDED * records + LOOKED_AT * looks) / (1 + records / LONG_RECORDS);
  }

  /** The execution that was to come is left out: there are no comparisons of it. */
  forget(): void {
    if (this.isRecording) this.#target.comparisons.words[0] = 0n;
  }

  /** Leaves the target recording nothing. */
  stop(): void {
    this.#record(false);
  }

  *#trim(entry: CorpusEntry): Stage {
    // What an input is there for may be in its comparisons.
    if (entry.unique.some((feature) => isValueProfile(feature))) this.#record(true);
    yield* trim(entry, this.#mutator.state.data);
  }

  *#solveEntry(entry: CorpusEntry, size: number, budget: number): Stage {
    const bytes = this.#mutator.state.data.slice(0, size);
    this.#record(true);
    yield size;
    // Counters wrap: of a loop that runs ten thousand times the buckets do not tell.
    entry.work = Math.max(entry.work, countRecords(this.#context.words(), KCOV_WORDS_PER_CMP));
    const isGuarded = passesGuard(this.#context);
    const fields = yield* probeShort(this.#context, bytes);
    const seals = sealsOf(fields);
    if (seals.length > 0) this.#seals.set(entry, { bytes: bytes.length, seals });
    entry.isGuarded = isGuarded || seals.length > 0;
    yield* solve(this.#context, bytes, budget, fields);
  }

  *#solveMutant(size: number): Stage {
    const mutated = this.#mutator.mutate(size);
    yield* solve(this.#context, this.#mutator.state.data.slice(0, mutated), SOLVE_MUTANT);
  }

  /** Mutants of an input that passed a guard, each with what it needs to pass it too. */
  *#repairMutants(entry: CorpusEntry, start: number): Stage {
    let size = start;
    const sealed = this.#seals.get(entry);
    this.#record(true);
    for (let depth = 0; depth < this.#options.depth; depth++) {
      size = this.#mutator.mutate(size);
      yield size;
      if (this.#context.foundNew()) return;
      if (sealed !== undefined) {
        // Seals before what changed in length are where they were, those after it as far from the end.
        const by = size - sealed.bytes;
        const from = this.#random.below(start + 1);
        yield* mend(this.#context, size, sealed.seals, (place) => (place >= from ? Math.max(0, place + by) : place));
      } else yield* repair(this.#context, size, this.#context.guards);
      if (this.#context.foundNew()) return;
    }
  }

  *#run(stage: Stage, isCounted = true): Stage {
    this.isActive = true;
    this.#isCounted = isCounted;
    try {
      yield* stage;
    } finally {
      this.isActive = false;
      this.#record(this.#options.valueProfile);
    }
  }

  #record(on: boolean): void {
    if (on === this.isRecording) return;
    this.isRecording = on;
    if (on) this.#target.comparisons.enable();
    else this.#target.comparisons.disable();
  }

  #createContext(foundNew: () => boolean): SolveContext {
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
      foundNew,
      onCompared: (compared) => this.#rememberOperands(compared),
    };
  }

  /** One way of writing each, at random, in place of an older one. */
  #rememberOperands(compared: readonly Compared[]): void {
    for (const comparison of compared) {
      const way = randomAttempt(comparison, this.#random);
      if (way === undefined) continue;
      if (this.#substitutions.length < SUBSTITUTIONS) this.#substitutions.push(way);
      else this.#substitutions[this.#random.below(SUBSTITUTIONS)] = way;
    }
  }
}
