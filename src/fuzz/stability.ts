/** Measures whether the same input always reaches the same code. */

import type { FuzzTarget } from "./engine.ts";

/** A counter that differed between executions of one input. */
export interface UnstableCounter {
  /** The module's `id`. */
  readonly id: bigint;
  /** Index into the module's `pcs`. */
  readonly index: number;
  /** The pc of its site. */
  readonly pc: bigint;
}

/** How far executions of the same input agree. */
export interface Stability {
  /** The number of counters that any execution reached. */
  readonly reached: number;
  /** Those among them that differed, by module and index. */
  readonly unstable: readonly UnstableCounter[];
  /** The share of reached counters that did not differ; 1 if nothing was reached. */
  readonly stability: number;
}

const DEFAULT_RUNS = 4;

/**
 * Runs every input several times in a row and compares the counters, including their values. Counters of instances of
 * the same module are added up. Low stability makes engines keep inputs that reached nothing new; a stronger reset
 * helps.
 *
 * @param runs executions of each input, 2 or more
 */
export async function measureStability(
  target: FuzzTarget,
  inputs: Iterable<Uint8Array>,
  runs: number = DEFAULT_RUNS,
): Promise<Stability> {
  if (!(runs >= 2)) throw new RangeError(`runs: ${runs} is less than 2`);
  const reached = new Map<bigint, Uint8Array>();
  const unstable = new Map<bigint, Uint8Array>();
  for (const input of inputs) {
    const first = await countsOf(target, input);
    for (const [id, counts] of first) note(reached, id, counts);
    for (let run = 1; run < runs; run++) {
      const again = await countsOf(target, input);
      for (const [id, counts] of again) note(reached, id, counts);
      for (const id of new Set([...first.keys(), ...again.keys()])) {
        note(unstable, id, differences(first.get(id), again.get(id)));
      }
    }
  }
  return summary(target, reached, unstable);
}

/** Counts of one execution, by module. */
type Counts = ReadonlyMap<bigint, Uint16Array>;

async function countsOf(target: FuzzTarget, input: Uint8Array): Promise<Counts> {
  for (const { bytes } of target.counters) bytes.fill(0);
  await target.runOne(input);
  const counts = new Map<bigint, Uint16Array>();
  for (const { id, bytes } of target.counters) {
    const sum = counts.get(id) ?? new Uint16Array(bytes.length);
    counts.set(id, sum);
    for (let k = 0; k < bytes.length; k++) sum[k] = (sum[k] as number) + (bytes[k] as number);
  }
  return counts;
}

/** Either side may be undefined: a module may have no instance in one of the executions. */
function differences(first: Uint16Array | undefined, second: Uint16Array | undefined): Uint8Array {
  const length = Math.max(first?.length ?? 0, second?.length ?? 0);
  return Uint8Array.from({ length }, (_, k) => Number((first?.[k] ?? 0) !== (second?.[k] ?? 0)));
}

/** Sets the flag of every value other than 0. */
function note(flags: Map<bigint, Uint8Array>, id: bigint, values: ArrayLike<number>): void {
  const known = flags.get(id) ?? new Uint8Array(values.length);
  flags.set(id, known);
  for (let k = 0; k < values.length; k++) if (values[k] !== 0) known[k] = 1;
}

function summary(
  target: FuzzTarget,
  reached: ReadonlyMap<bigint, Uint8Array>,
  unstable: ReadonlyMap<bigint, Uint8Array>,
): Stability {
  const differing = target.modules.flatMap(({ id, pcs }) => {
    const flags = unstable.get(id);
    return flags ? [...pcs].flatMap((pc, index) => (flags[index] ? [{ id, index, pc }] : [])) : [];
  });
  const total = [...reached.values()].reduce((sum, flags) => sum + flags.reduce((a, b) => a + b, 0), 0);
  return { reached: total, unstable: differing, stability: total === 0 ? 1 : 1 - differing.length / total };
}
