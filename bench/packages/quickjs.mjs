/** QuickJS as the npm package quickjs-emscripten has it: runs a program of objects, strings and closures. */

import { requirePackage } from "./fetch.ts";

const { getQuickJS } = requirePackage("quickjs-emscripten");
const quickjs = await getQuickJS();

const PROGRAM = `
  const words = "the quick brown fox jumps over the lazy dog".split(" ");
  const counts = new Map();
  let seed = 7;
  const next = (limit) => (seed = (seed * 1103515245 + 12345) % 2147483648) % limit;
  for (let k = 0; k < 1500; k++) {
    const word = words[next(words.length)] + words[next(words.length)].toUpperCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([word, count]) => ({ word, count }));
  JSON.stringify(JSON.parse(JSON.stringify(sorted)).filter(({ word }) => /o.*X/i.test(word))).length;
`;

/** @returns {number} what the program came to */
export function run() {
  const context = quickjs.newContext();
  const result = context.unwrapResult(context.evalCode(PROGRAM));
  const value = context.getNumber(result);
  result.dispose();
  context.dispose();
  return value;
}
