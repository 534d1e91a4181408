/**
 * What is known to be accessible at a point of a function: for locals, ranges of bytes relative to the address in each.
 * A check that such a range covers is not needed.
 */

import { HEAP_REDZONE_BYTES } from "../../abi/sanitizer.ts";

/** Bytes relative to the address in a local: from `low` up to, not including, `high`. */
interface Span {
  readonly low: number;
  readonly high: number;
}

/** Maximum numbers; what exceeds them is forgotten, since facts are copied wherever control flow splits. */
const MAX_LOCALS = 24;
const MAX_SPANS = 16;
/** Anything that must not be accessed, such as a redzone, is longer than this. */
const MAX_GAP = HEAP_REDZONE_BYTES - 1;

export class Facts {
  private readonly spans: Map<number, readonly Span[]>;

  constructor(spans: Iterable<readonly [number, readonly Span[]]> = []) {
    this.spans = new Map(spans);
  }

  copy(): Facts {
    return new Facts(this.spans);
  }

  covers(local: number, low: number, high: number): boolean {
    return this.spans.get(local)?.some((span) => span.low <= low && high <= span.high) ?? false;
  }

  /** Merges spans if nothing poisoned fits in between, so that checks of the pieces cover the whole. */
  add(local: number, low: number, high: number): void {
    const others: Span[] = [];
    let [from, to] = [low, high];
    for (const span of this.spans.get(local) ?? []) {
      if (span.high + MAX_GAP < from || span.low > to + MAX_GAP) others.push(span);
      else [from, to] = [Math.min(from, span.low), Math.max(to, span.high)];
    }
    if (others.length >= MAX_SPANS) others.shift();
    if (this.spans.size >= MAX_LOCALS && !this.spans.has(local)) this.spans.delete(this.spans.keys().next().value ?? 0);
    this.spans.set(local, [...others, { low: from, high: to }]);
  }

  /** A local was assigned. */
  forget(local: number): void {
    this.spans.delete(local);
  }

  /** Memory may have been freed. */
  forgetAll(): void {
    this.spans.clear();
  }

  /** What is known in both. */
  and(other: Facts): Facts {
    const both: [number, Span[]][] = [];
    for (const [local, spans] of this.spans) {
      const common = spans.filter(({ low, high }) => other.covers(local, low, high));
      if (common.length > 0) both.push([local, common]);
    }
    return new Facts(both);
  }
}
