/** A program, made small. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default async (require) => {
  globalThis.require = require;
  globalThis.fs = require("node:fs");
  globalThis.path = require("node:path");
  require("esbuild-wasm/wasm_exec.js");
  const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-esbuild-"));
  const [input, output] = [join(directory, "in.ts"), join(directory, "out.js")];
  writeFileSync(
    input,
    "enum E { A, B }\nexport class C<T> { constructor(private x: T) {} get() { return [this.x, E.B] as const } }\n",
  );
  const go = new globalThis.Go();
  go.argv = ["esbuild", input, "--minify", `--outfile=${output}`, "--target=es2018", "--log-level=error"];
  go.env = { TMPDIR: tmpdir(), GOGC: "off" };
  const exited = new Promise((resolve) => {
    go.exit = resolve;
  });
  const binary = readFileSync(require.resolve("esbuild-wasm/esbuild.wasm"));
  const { instance } = await WebAssembly.instantiate(binary, go.importObject);
  await Promise.race([go.run(instance), exited]);
  const text = readFileSync(output, "utf8");
  rmSync(directory, { recursive: true });
  return text;
};
