// Runs the function here, in a worker of node:worker_threads, and twice in one of the web.
import { readdirSync, readFileSync } from "node:fs";
import { Worker as NodeWorker } from "node:worker_threads";

const { instance } = await WebAssembly.instantiate(readFileSync(new URL("./sum.wasm", import.meta.url)));
instance.exports.add(1, 2);
const worker = new NodeWorker(new URL("./worker.mjs", import.meta.url), { workerData: 1 });
await new Promise((resolve) => worker.on("exit", resolve));
const web = new Worker(new URL("./web_worker.mjs", import.meta.url), { type: "module" });
await new Promise((resolve) => {
  web.onmessage = resolve;
});
// What a worker counted is in a file soon, and it need not end for that.
const folder = process.env.WASM_KCOV_COVERAGE;
const profiles = () => readdirSync(folder).filter((name) => name.endsWith(".profile"));
while (folder !== undefined && profiles().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
web.terminate();
