/** The engine's stages that use comparisons, and how much of its time they may take. */

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

/** The comparisons of a mutant are solved once in so many choices. */
const SOLVED_MUTANTS = 64;
/** An entry is solved again once it has been chosen this many times as often: attempts and places are random. */
const AGAIN = 16;
/** The most executions for solving an entry the first time, and later, and a mutant. */
const SOLVE_NEW_ENTRY = 256;
const SOLVE_ENTRY = 1024;
const SOLVE_MUTANT = 64;
/** At most one in so many executions goes into all that, apart from the first ones, which are free. */
const TRACED_SHARE = 4;
const FREE_TRACED_RUNS = 1 << 17;
/**
 * And at most one in two, apart from the first few, whatever they cost: a bug that mutations find soon should not have to
 * wait until the comparisons of every early input are solved.
 */
const STAGES_SHARE = 2;
const FREE_STAGES_RUNS = 256;
/** Cost of recording, in units of an execution that compares nothing: a fixed part, and a part per record. */
const RECORDING = 4;
const RECORDED = 1 / 25;
/** Cost of looking at one record, in the same unit. */
const LOOKED_AT = 1 / 10;
/** With this many comparisons, an execution takes twice as long as without any. */
const LONG_RECORDS = 270;
/** Comparisons of the mutants of one in so many inputs are recorded: usually, and while counters show nothing new. */
const SAMPLED = 8;
const SAMPLED_IDLE = 2;
/** At most one in so many executions goes into that; while counters show nothing new, more may, up to a limit. */
const SAMPLED_SHARE = 8;
const MOST_SAMPLED_IDLE = 1 << 22;
/** How many operands are kept for mutations. */
const SUBSTITUTIONS = 512;

/** A sequence of executions: each yield is one, with the size of the input that the mutator holds. */
export type Stage = Generator<number, void, void>;

export class ComparisonStages {
  /** Whether the current stage is one of these. */
  isActive = false;
  readonly #target: FuzzTarget;
  readonly #options: FuzzerOptions;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** The list that the mutator uses. */
  readonly #substitutions: Substitution[];
  readonly #context: SolveContext;
  /** Whether the target records the comparisons of the next execution, or did of the one that has just ended. */
  isRecording = false;
  /** Seals of inputs that have some, and the sizes that those inputs had when the seals were found. */
  readonly #seals = new WeakMap<CorpusEntry, { readonly bytes: number; readonly seals: readonly Field[] }>();
  /** Whether the current stage counts towards the budget of these stages. */
  #isCounted = true;
  /** The cost of these stages so far, and that of samples, in executions. */
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
   * The stage to run for a chosen input, if one is due.
   *
   * @param size size of the input, which the mutator holds
   * @param runs number of executions so far
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
      const budget = entry.solveAt === 1 ? SOLVE_NEW_ENTRY : SOLVE_ENTRY;
      entry.solveAt = AGAIN * entry.chosen;
      return this.#run(this.#solveEntry(entry, size, budget));
    }
    // Without repair its mutants are worthless, so this is a cost of mutating, not charged to the budget for solving.
    if (entry.isGuarded && this.#random.oneIn(2)) return this.#run(this.#repairMutants(entry, size), false);
    if (!isAffordable) return undefined;
    return this.#random.oneIn(SOLVED_MUTANTS) ? this.#run(this.#solveMutant(size)) : undefined;
  }

  #isAffordable(runs: number): boolean {
    const isCheap = this.#spent <= FREE_TRACED_RUNS + runs / TRACED_SHARE;
    return isCheap && this.#stageRuns <= FREE_STAGES_RUNS + runs / STAGES_SHARE;
  }

  /** With a custom mutator, which makes all inputs, operands are only collected, for the engine's own mutations. */
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
   * Called when an input was chosen for mutation: records the comparisons of some mutants, for their outcomes.
   *
   * @param isIdle whether counters have shown nothing new for a long time
   * @param runs number of executions so far
   */
  sample(isIdle: boolean, runs: number): void {
    if (!this.#options.comparisons) return;
    const budget = runs / SAMPLED_SHARE + (isIdle ? Math.min(runs, MOST_SAMPLED_IDLE) : 0);
    const isSampled = this.#sampled < budget && this.#random.oneIn(isIdle ? SAMPLED_IDLE : SAMPLED);
    this.#record(this.#options.valueProfile || isSampled);
  }

  /** Called after each execution, to account for its cost. */
  count(): void {
    const cost = this.isRecording ? this.#costOfRecording() : 1;
    if (this.isActive && this.#isCounted) {
      this.#spent += cost;
      this.#stageRuns++;
    } else if (this.isRecording && !this.isActive) this.#sampled += cost;
  }

  /** In executions of the same input without recording. Not measured by a clock: runs are the same on every machine. */
  #costOfRecording(): number {
    const records = countRecords(this.#context.words(), KCOV_WORDS_PER_CMP);
    const looks = this.#context.reader.takeLooks();
    return (RECORDING + RECORDED * records + LOOKED_AT * looks) / (1 + records / LONG_RECORDS);
  }

  /** Called when an execution is skipped, and so has no comparisons. */
  forget(): void {
    if (this.isRecording) this.#target.comparisons.words[0] = 0n;
  }

  /** Stops recording. */
  stop(): void {
    this.#record(false);
  }

  *#trim(entry: CorpusEntry): Stage {
    // The features that the input is kept for may be comparisons.
    if (entry.unique.some((feature) => isValueProfile(feature))) this.#record(true);
    yield* trim(entry, this.#mutator.state.data);
  }

  *#solveEntry(entry: CorpusEntry, size: number, budget: number): Stage {
    const bytes = this.#mutator.state.data.slice(0, size);
    this.#record(true);
    yield size;
    // Counters wrap: their buckets do not show a loop that runs ten thousand times.
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

  /** Mutates an input that passes a guard, and repairs each mutant so that it passes, too. */
  *#repairMutants(entry: CorpusEntry, start: number): Stage {
    let size = start;
    const sealed = this.#seals.get(entry);
    this.#record(true);
    for (let depth = 0; depth < this.#options.depth; depth++) {
      size = this.#mutator.mutate(size);
      yield size;
      if (this.#context.foundNew()) return;
      if (sealed !== undefined) {
        // Seals before the place where the length changed keep their offset, later ones their distance from the end.
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

  /** Keeps one encoding of each comparison's operands, chosen at random, in place of an older one. */
  #rememberOperands(compared: readonly Compared[]): void {
    for (const comparison of compared) {
      const way = randomAttempt(comparison, this.#random);
      if (way === undefined) continue;
      if (this.#substitutions.length < SUBSTITUTIONS) this.#substitutions.push(way);
      else this.#substitutions[this.#random.below(SUBSTITUTIONS)] = way;
    }
  }
}
