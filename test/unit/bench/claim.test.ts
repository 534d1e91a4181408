import { expect, test } from "vitest";
import { type Claim, formatClaims, measured, verdictOf } from "../../../bench/claim.ts";

const CLAIM: Claim = { what: "one recorded PC", value: 0.3, unit: "×", bar: 0.35, stretch: 0.2, note: "fused 0.6 ns" };

test("a claim holds up to its bar", () => {
  expect(verdictOf({ ...CLAIM, value: 0.2 })).toBe("stretch");
  expect(verdictOf({ ...CLAIM, value: 0.35 })).toBe("met");
  expect(verdictOf({ ...CLAIM, value: 0.36 })).toBe("not met");
  expect(verdictOf({ ...CLAIM, value: 0.36, metOtherwise: true })).toBe("met");
  expect(verdictOf({ ...CLAIM, value: undefined })).toBe("not measured");
  expect(verdictOf({ ...CLAIM, ...measured([]) })).toBe("not measured");
});

test("the line of a claim", () => {
  const text = formatClaims([{ ...CLAIM, ...measured([0.3, 0.1, 0.2, 0.4, 0.5]) }]);
  expect(text.split("\n")[1]).toBe("one recorded PC     0.30×  0.20–0.40  0.35×    0.20×  met  fused 0.6 ns");
});
