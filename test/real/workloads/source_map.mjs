/** Positions by a source map. */
export default async (require) => {
  const { SourceMapConsumer, SourceMapGenerator } = require("source-map");
  const generator = new SourceMapGenerator({ file: "out.js" });
  for (let line = 1; line <= 200; line++) {
    for (let column = 0; column < 60; column += 7) {
      const original = { line: ((line * 7) % 90) + 1, column: (column * 3) % 40 };
      generator.addMapping({ generated: { line, column }, original, source: `${line % 5}.js`, name: `n${column}` });
    }
  }
  return SourceMapConsumer.with(generator.toJSON(), null, (consumer) => {
    const found = [];
    consumer.eachMapping((mapping) => found.push({ ...mapping }));
    for (let line = 1; line < 90; line++) {
      found.push(consumer.originalPositionFor({ line, column: 20 }));
      found.push(consumer.allGeneratedPositionsFor({ source: "3.js", line, column: 0 }));
    }
    return found;
  });
};
