// web-tree-sitter, an incremental parser in C compiled to WebAssembly, as its debug build is published on npm. The program
// knows nothing of coverage: `wasm-kcov coverage --module web-tree-sitter node examples/tree_sitter.mjs` covers the module
// as the package's own glue code loads it.

import { Parser } from "web-tree-sitter/debug";

await Parser.init();
for (let round = 0; round < 3; round++) {
  const parser = new Parser();
  parser.setLanguage(null);
  parser.reset();
  parser.delete();
}
