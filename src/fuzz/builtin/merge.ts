/** Chooses inputs of a corpus that together reach what all of them reach. */

/** What one input reaches. */
export interface Reach {
  readonly path: string;
  readonly bytes: number;
  readonly features: Uint32Array;
}

export interface Merged {
  /** The inputs to add. */
  readonly chosen: readonly Reach[];
  /** Number of features and edges that only they reach. */
  readonly features: number;
  readonly edges: number;
}

/** Number of features per counter. */
const BUCKETS = 8;

/**
 * Chooses greedily, shortest first: each input that reaches something that none before it reaches.
 *
 * @param kept inputs that are kept in any case
 * @param setCover repeatedly take the input that reaches the most of what is missing: fewer inputs, but longer ones
 */
export function chooseInputs(kept: readonly Reach[], offered: readonly Reach[], setCover: boolean = false): Merged {
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
  const sorted = [...offered].sort((a, b) => a.bytes - b.bytes);
  const chosen = setCover ? coverGreedily(sorted, features, take) : sorted.filter(take);
  return { chosen, features: features.size - keptFeatures, edges: edges.size - keptEdges };
}

/** The gain of an input can only shrink, so one whose old gain is at most the best new one need not be recomputed. */
function coverGreedily(
  offered: readonly Reach[],
  features: ReadonlySet<number>,
  take: (reach: Reach) => boolean,
): Reach[] {
  const gain = (reach: Reach): number => reach.features.reduce((sum, each) => sum + Number(!features.has(each)), 0);
  let rest = offered.map((reach) => ({ reach, gain: gain(reach) }));
  const chosen: Reach[] = [];
  for (;;) {
    rest.sort((a, b) => b.gain - a.gain);
    let best: (typeof rest)[number] | undefined;
    for (const each of rest) {
      if (best !== undefined && each.gain <= best.gain) break;
      each.gain = gain(each.reach);
      if (best === undefined || each.gain > best.gain) best = each;
    }
    if (best === undefined || best.gain === 0) return chosen;
    take(best.reach);
    chosen.push(best.reach);
    rest = rest.filter((each) => each !== best && each.gain > 0);
  }
}
