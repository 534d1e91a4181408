import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(new URL("plain.wasm", import.meta.url)));
new WebAssembly.Instance(module).exports.twice(4);
