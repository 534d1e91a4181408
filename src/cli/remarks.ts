/** Remarks on an instrumented module, besides its figures: one line about each thing that may be unexpected. */

import { adoptionRemark } from "../instrument/adopt/remark.ts";
import type { InstrumentResult } from "../instrument/index.ts";
import { describePart } from "../instrument/sanitize/parts.ts";

export type Remarks = Pick<InstrumentResult, "leftOut" | "setAside" | "unmatched" | "adopted" | "sanitizer">;

export function remarksOn({ leftOut, setAside, unmatched, adopted, sanitizer }: Remarks): string[] {
  const adoption = adoptionRemark(adopted);
  return [
    ...(adoption === undefined ? [] : [adoption]),
    ...sanitizer.map(describePart),
    ...leftOut.map(({ index, reason }) => `func[${index}] is left out: ${reason}`),
    ...setAside.map(({ section, offset, reason }) => `the section ${section} at ${offset} is left aside: ${reason}`),
    ...unmatched.map((pattern) => `no function matches ${pattern}`),
  ];
}
