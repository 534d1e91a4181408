// Loads plain.wasm in the way that the first argument names, and calls its export twice.
import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import vm from "node:vm";
import { Worker } from "node:worker_threads";

const FILE = new URL("plain.wasm", import.meta.url);
const CALL = new URL("call.mjs", import.meta.url);
const bytes = readFileSync(FILE);
const response = () => new Response(bytes, { headers: { "content-type": "application/wasm" } });
const call = ({ exports }) => process.stderr.write(`${exports.twice(exports.twice(4))}\n`);
const CODE = "const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes)); instance.exports.twice(4)";
const COMMONJS = `const bytes = require("node:fs").readFileSync(${JSON.stringify(FILE.pathname)}); ${CODE}`;
const MODULE = `import { readFileSync } from "node:fs"; const bytes = readFileSync(${JSON.stringify(FILE.pathname)}); ${CODE}`;
const worker = (...args) => once(new Worker(...args), "exit");
const command = [process.execPath, [CALL.pathname]];

const WAYS = {
  Module: () => call(new WebAssembly.Instance(new WebAssembly.Module(bytes))),
  compile: async () => call(new WebAssembly.Instance(await WebAssembly.compile(bytes))),
  instantiate: async () => call((await WebAssembly.instantiate(await readFile(FILE))).instance),
  "instantiate a module": async () => call(await WebAssembly.instantiate(await WebAssembly.compile(bytes))),
  compileStreaming: async () => call(await WebAssembly.instantiate(await WebAssembly.compileStreaming(response()))),
  instantiateStreaming: async () => call((await WebAssembly.instantiateStreaming(response())).instance),
  "import of a module": () => import("./imports.mjs"),
  "import of a source": () => import("./imports_source.mjs"),
  "worker, file": () => worker(CALL),
  "worker, CommonJS text": () => worker(COMMONJS, { eval: true }),
  "worker, module text": () => worker(MODULE, { eval: true, execArgv: ["--input-type=module"] }),
  "worker, data: URL": () => worker(new URL(`data:text/javascript,${encodeURIComponent(MODULE)}`)),
  "worker of a worker": () =>
    worker(`new (require("node:worker_threads").Worker)(${JSON.stringify(CALL.pathname)})`, { eval: true }),
  "vm.createContext": () => vm.runInContext(CODE, vm.createContext({ bytes })),
  "vm.runInNewContext": () => vm.runInNewContext(CODE, { bytes }),
  "vm.Script": () => new vm.Script(CODE).runInNewContext({ bytes }),
  fork: () => once(fork(CALL), "exit"),
  spawn: () => once(spawn(...command), "exit"),
  spawnSync: () => spawnSync(...command),
  exec: () => once(exec(command.flat().join(" ")), "exit"),
  execFile: () => once(execFile(...command), "exit"),
  execSync: () => execSync(command.flat().join(" ")),
  execFileSync: () => execFileSync(...command),
};
await WAYS[process.argv[2]]();
