/** Log lines about functions and edges, as libFuzzer prints them: when they are first reached, and at the end. */

import type { FuzzTarget, TargetModule } from "../engine.ts";
import type { CorpusEntry } from "./corpus.ts";
import type { Features } from "./features.ts";

export interface CoverageLinesOptions {
  /** Whether to print each edge when it is first reached. */
  readonly pcs: boolean;
  /** How many of the functions that an input is the first to reach are printed. */
  readonly functions: number;
}

/** What is known about one function. */
interface FunctionEdges {
  readonly name: string;
  readonly reached: bigint[];
  readonly missed: bigint[];
}

export class CoverageLines {
  readonly #target: FuzzTarget;
  readonly #features: Features;
  readonly #options: CoverageLinesOptions;
  /** Edges that were reached, identified by the module's position and the edge's index. */
  readonly #edges = new Set<string>();
  readonly #functions = new Set<string>();

  constructor(target: FuzzTarget, features: Features, options: CoverageLinesOptions) {
    this.#target = target;
    this.#features = features;
    this.#options = options;
  }

  /** Notes what an input was the first to reach. @returns the lines to print about it */
  note({ unique }: CorpusEntry): string[] {
    const pcs: string[] = [];
    const functions: string[] = [];
    for (const feature of unique) {
      const counter = this.#features.counterOf(feature);
      const module = counter && this.#target.modules[counter.module];
      if (counter === undefined || module === undefined) continue;
      const edge = `${counter.module} ${counter.index}`;
      if (this.#edges.has(edge)) continue;
      this.#edges.add(edge);
      const { pc, name, key } = describe(module, counter.index, counter.module);
      pcs.push(`\tNEW_PC: 0x${pc.toString(16)} in ${name}`);
      if (this.#functions.has(key)) continue;
      this.#functions.add(key);
      functions.push(`0x${pc.toString(16)} in ${name}`);
    }
    const shown = functions.slice(0, this.#options.functions);
    const lines = shown.map((text, k) => `\tNEW_FUNC[${k + 1}/${functions.length}]: ${text}`);
    return this.#options.pcs ? [...pcs, ...lines] : lines;
  }

  /** The output of `-print_coverage`. */
  summary(): string {
    const functions = this.#byFunction();
    const lines = functions.map(({ name, reached, missed }) => {
      const edges = `edges: ${reached.length}/${reached.length + missed.length}`;
      const head = `${reached.length > 0 ? "" : "UN"}COVERED_FUNC: hits: ${reached.length > 0 ? 1 : 0} ${edges} ${name}`;
      if (reached.length === 0) return head;
      return [head, ...missed.map((pc) => `  UNCOVERED_PC: 0x${pc.toString(16)}`)].join("\n");
    });
    return ["COVERAGE:", ...lines].join("\n");
  }

  /** The output of `-print_full_coverage`. */
  full(): string {
    const lines = this.#byFunction().flatMap(({ name, reached, missed }) => [
      ...reached.map((pc) => `C 0x${pc.toString(16)} in ${name}`),
      ...missed.map((pc) => `U 0x${pc.toString(16)} in ${name}`),
    ]);
    return ["FULL COVERAGE:", ...lines].join("\n");
  }

  #byFunction(): FunctionEdges[] {
    const functions = new Map<string, FunctionEdges>();
    for (const [position, module] of this.#target.modules.entries()) {
      for (let index = 0; index < module.pcs.length; index++) {
        const { pc, name, key } = describe(module, index, position);
        const edges = functions.get(key) ?? { name, reached: [], missed: [] };
        functions.set(key, edges);
        (this.#edges.has(`${position} ${index}`) ? edges.reached : edges.missed).push(pc);
      }
    }
    return [...functions.values()];
  }
}

function describe(module: TargetModule, index: number, position: number): { pc: bigint; name: string; key: string } {
  const pc = module.pcs[index] as bigint;
  const func = module.functionOf(pc);
  const name = func === undefined ? "?" : module.functionName(func);
  return { pc, name, key: `${position} ${func}` };
}

/** The output of `-print_corpus_stats`: one line per input. */
export function corpusLines(entries: readonly CorpusEntry[]): string {
  return entries
    .map(({ sha1, bytes, chosen, gained, isFocused }, k) => {
      const figures = `sz: ${pad(bytes.length)} runs: ${pad(chosen)} succ: ${pad(gained)} focus: ${isFocused ? 1 : 0}`;
      return `  [${String(k).padStart(4)} ${sha1}] ${figures}`;
    })
    .join("\n");
}

function pad(value: number): string {
  return String(value).padStart(5);
}
