/** Trying the mutations takes an hour (`npm run test:mutation`); whether they still can be tried is seen here. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Mutation = readonly [name: string, path: string, text: string, replacement: string];

interface Mutations {
  MUTATIONS: readonly Mutation[];
  hasPlace(source: string, text: string): boolean;
}

const { MUTATIONS, hasPlace }: Mutations = await import(new URL("mutations.mjs", import.meta.url).href);

it("every mutation has its place in the sources, and changes it", () => {
  const lost = MUTATIONS.filter(([, path, text, replacement]) => {
    const source = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    return !hasPlace(source, text) || text === replacement;
  });
  expect(MUTATIONS.length).toBeGreaterThan(100);
  expect(lost.map(([name]) => name)).toEqual([]);
});
