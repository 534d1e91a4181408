import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { instance } = await WebAssembly.instantiate(readFileSync(new URL("./sum.wasm", import.meta.url)));
instance.exports.add(2, workerData);
