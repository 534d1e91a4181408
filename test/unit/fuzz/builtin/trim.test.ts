/** Trimming: stretches are taken out as long as what an input is there for stays. */

import { expect, test } from "vitest";
import type { CorpusEntry } from "../../../../src/fuzz/builtin/corpus.ts";
import { trim } from "../../../../src/fuzz/builtin/trim.ts";

/** Trims as the engine does: a candidate takes the entry's place if `keeps` says so. */
function trimmed(text: string, keeps: (candidate: string) => boolean): { text: string; runs: number } {
  const entry = { bytes: new Uint8Array(Buffer.from(text)) } as CorpusEntry;
  const data = new Uint8Array(text.length);
  let runs = 0;
  for (const size of trim(entry, data)) {
    runs++;
    const candidate = data.slice(0, size);
    if (keeps(Buffer.from(candidate).toString())) entry.bytes = candidate;
  }
  return { text: Buffer.from(entry.bytes).toString(), runs };
}

test("what does not matter goes, from halves down", () => {
  const { text } = trimmed(`${"x".repeat(500)}needle${"y".repeat(300)}`, (candidate) => candidate.includes("needle"));
  expect(text).toContain("needle");
  expect(text.length).toBeLessThan(40);
});

test("what matters stays, and a short input is left alone", () => {
  const all = "0123456789abcdef";
  expect(trimmed(all, (candidate) => candidate === all).text).toBe(all);
  expect(trimmed("short", () => true)).toEqual({ text: "short", runs: 0 });
});

test("it ends, whatever the length", () => {
  expect(trimmed("z".repeat(100_000), () => false).runs).toBeLessThanOrEqual(192);
});
