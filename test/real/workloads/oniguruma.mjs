/** Matches of regular expressions. */
import { readFileSync } from "node:fs";

export default async (require) => {
  const { createOnigScanner, createOnigString, loadWASM } = require("vscode-oniguruma");
  await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  const scanner = createOnigScanner(["(?<=a)b+", "\\w+(?=\\()", '"(?:[^"\\\\]|\\\\.)*"', "(?i)ÄÖ|[[:upper:]]{2,}"]);
  const string = createOnigString('aabbb call(x) "str\\"ing" äö UPPER ab'.repeat(20));
  const matches = [];
  for (let at = 0; ; ) {
    const match = scanner.findNextMatchSync(string, at);
    if (!match) return matches;
    matches.push(match);
    at = Math.max(match.captureIndices[0].end, at + 1);
  }
};
