/** Choosing inputs of a corpus that reach together what all of them reach. */

/** What one input reaches. */
export interface Reach {
  readonly path: string;
  readonly bytes: number;
  readonly features: Uint32Array;
}

export interface Merged {
  /** The inputs to add. */
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
 * @param setCover take the one that reaches the most of what is missing, again and again: fewer inputs, and longer ones
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

/** What an input adds only gets less: one whose old figure is below the best new one need not be looked at. */
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
