/** Choosing inputs of a corpus that reach together what all of them reach. */

/** What one input reaches. */
export interface Reach {
  readonly path: string;
  readonly bytes: number;
  readonly features: Uint32Array;
}

export interface Merged {
  /** What is to be added. */
  readonly chosen: readonly Reach[];
  /** Features that only they reach, and edges. */
  readonly features: number;
  readonly edges: number;
}

/** Features of a counter. */
const BUCKETS = 8;

/**
 * Chooses greedily, shortest first: each input that reaches something that none before it does.
 *
 * @param kept inputs that are there in any case
 */
export function chooseInputs(kept: readonly Reach[], offered: readonly Reach[]): Merged {
  const features = new Set<number>();
  const edges = new Set<number>();
  const take = (reach: Reach): boolean => {
    const before = features.size;
    for (const feature of reach.features) {
      features.add(feature);
      edges.add(Math.floor(feature / BUCKETS));
    }
    return features.size > before;
  };
  for (const reach of kept) take(reach);
  const [keptFeatures, keptEdges] = [features.size, edges.size];
  const chosen = [...offered].sort((a, b) => a.bytes - b.bytes).filter(take);
  return { chosen, features: features.size - keptFeatures, edges: edges.size - keptEdges };
}
