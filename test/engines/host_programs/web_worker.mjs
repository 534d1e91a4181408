import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(new URL("./sum.wasm", import.meta.url)));
instance.exports.add(2, 1);
instance.exports.add(5, 1);
postMessage("done");
