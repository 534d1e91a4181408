/** Trying the mutations takes an hour (`npm run test:mutation`); whether they still can be tried is seen here. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Mutation = readonly [name: string, path: string, text: string, replacement: string];

interface Mutations {
  MUTATIONS: readonly Mutation[];
  hasPlace(source: string, text: string): boolean;
}

const load = (file: string) => import(new URL(file, import.meta.url).href);
const { MUTATIONS, hasPlace }: Mutations = await load("mutations.mjs");
const { PASS_MUTATIONS }: { PASS_MUTATIONS: readonly Mutation[] } = await load("pass_mutations.mjs");
const { FUZZ_MUTATIONS }: { FUZZ_MUTATIONS: readonly Mutation[] } = await load("fuzz_mutations.mjs");

it("every mutation has its place in the sources, and changes it", () => {
  const lost = [...MUTATIONS, ...PASS_MUTATIONS, ...FUZZ_MUTATIONS].filter(([, path, text, replacement]) => {
    const source = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    return !hasPlace(source, text) || text === replacement;
  });
  expect(MUTATIONS.length).toBeGreaterThan(100);
  expect(lost.map(([name]) => name)).toEqual([]);
});
