// Runs the function, and again in a handler of "exit", and ends as it is told to.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(new URL("./sum.wasm", import.meta.url)));
const { add } = instance.exports;
const how = process.argv[2];
if (how !== "once") process.on("exit", () => add(9, 1));
add(1, 2);
if (how === "exit") process.exit(3);
if (how === "throw") throw new Error("thrown");
if (how === "late") setTimeout(() => Promise.reject(new Error("late")), 1);
if (how === "handled") {
  process.on("SIGTERM", () => {
    add(8, 1);
    process.exit(7);
  });
}
if (how === "handled" || how === "kill") {
  setTimeout(() => {}, 10_000);
  process.kill(process.pid, "SIGTERM");
}
