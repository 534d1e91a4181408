import source Plain from "./plain.wasm";

new WebAssembly.Instance(Plain).exports.twice(4);
