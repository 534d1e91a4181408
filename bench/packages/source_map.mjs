/** The npm package source-map, which reads mappings with Rust. */

import { SourceMapConsumer, SourceMapGenerator } from "source-map";
import { Random } from "../programs/inputs/random.ts";

const map = makeMap();

/** @returns {Promise<number>} how many mappings there are */
export async function run() {
  const consumer = await new SourceMapConsumer(map);
  let mappings = 0;
  consumer.eachMapping(() => mappings++);
  consumer.destroy();
  return mappings;
}

/** 8,000 mappings of three sources. */
function makeMap() {
  const random = new Random(6);
  const generator = new SourceMapGenerator({ file: "out.js" });
  for (let line = 1; line <= 1000; line++) {
    for (let column = 0; column < 80; column += 10) {
      const original = { line: 1 + random.below(2000), column: random.below(100) };
      generator.addMapping({ generated: { line, column }, original, source: `${random.below(3)}.ts` });
    }
  }
  return generator.toJSON();
}
