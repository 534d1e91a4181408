/** A claim of the README: what is measured, and what it must be. */

import { type Spread, spreadOf } from "../src/cli/bench/statistics.ts";
import { formatTable } from "../src/cli/table.ts";

export interface Claim {
  readonly what: string;
  /** What was measured; undefined if it could not be. Less is better. */
  readonly value: number | undefined;
  readonly spread?: Spread;
  /** "×", or a unit. */
  readonly unit: string;
  /** The claim holds up to this. */
  readonly bar: number;
  /** Better than promised. */
  readonly stretch?: number;
  /** Figures that the value was made of, why it was not measured, or what else makes the claim hold. */
  readonly note: string;
  /** The claim holds for another reason, which the note tells. */
  readonly metOtherwise?: boolean;
}

export type Verdict = "stretch" | "met" | "not met" | "not measured";

export function verdictOf({ value, bar, stretch, metOtherwise }: Claim): Verdict {
  if (value === undefined || Number.isNaN(value)) return "not measured";
  if (stretch !== undefined && value <= stretch) return "stretch";
  return value <= bar || metOtherwise ? "met" : "not met";
}

/** @param rounds the same figure, once a round */
export function measured(rounds: readonly number[]): Pick<Claim, "value" | "spread"> {
  if (rounds.length === 0) return { value: undefined };
  const spread = spreadOf(rounds);
  return { value: spread.median, spread };
}

export function formatClaims(claims: readonly Claim[]): string {
  const heading = ["claim", "measured", "quartiles", "bar", "stretch", "", "of"];
  return formatTable([heading, ...claims.map(formatClaim)], "lrrrrll");
}

function formatClaim(claim: Claim): string[] {
  const { what, value, spread, unit, bar, stretch, note } = claim;
  const number = (figure: number | undefined): string => (figure === undefined ? "–" : `${figure.toFixed(2)}${unit}`);
  const quartiles = spread === undefined ? "–" : `${spread.low.toFixed(2)}–${spread.high.toFixed(2)}`;
  return [what, number(value), quartiles, number(bar), number(stretch), verdictOf(claim), note];
}
