/**
 * `node --require wasm-kcov/register` with WASM_KCOV_COVERAGE=DIR: this process, its workers and its children count what
 * they execute of WebAssembly modules, and write it into DIR when they end.
 *
 * It runs in every process that a command starts, of whatever version of Node.js, and so does next to nothing.
 */

const OLDEST_NODE = 20;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE && (process.env.WASM_KCOV_COVERAGE || isWorker())) {
  const { startCollecting } = require("./preload.cjs") as { startCollecting(folder: string): void };
  startCollecting(__dirname);
}

/** A worker may be told by the thread that starts it. */
function isWorker(): boolean {
  const { isMainThread } = require("node:worker_threads") as { isMainThread: boolean };
  return !isMainThread;
}
