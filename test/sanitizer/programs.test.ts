import { describe, expect, test } from "vitest";
import { hasMultiMemory } from "../../src/instrument/index.ts";
import { TEXT_PROGRAMS } from "./programs_wat.ts";
import { type Link, programText, reportsOf } from "./sanitized.ts";

const LINKS: readonly Link[] = hasMultiMemory() ? ["fused", "import"] : ["import"];

describe.each(LINKS)("memory errors, %s", (link) => {
  test.each(TEXT_PROGRAMS)("$name", async ({ text, wrong, right, kind }) => {
    const run = (what: number | string) => reportsOf(programText(withNumber(text, what)), { link });
    // After the first one others may follow from it.
    const [first] = await run(wrong);
    expect(first?.kind).toBe(kind);
    expect(await run(right)).toEqual([]);
  });
});

/** Code for a condition stands without the constant around it. */
function withNumber(text: string, what: number | string): string {
  return typeof what === "number" ? text.replaceAll("@", String(what)) : text.replaceAll("(i32.const @)", what);
}
