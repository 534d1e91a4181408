/** The targets: as modules, and as programs with native libFuzzer. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wat } from "../test/support/wat.ts";

export interface BenchTarget {
  readonly name: string;
  /** Path of the module. */
  readonly module: string;
  /** List of the functions that are instrumented natively too; undefined: all are. */
  readonly allowlist: string | undefined;
  /** Path of the native program; undefined if it could not be built. */
  readonly native: string | undefined;
  /** The seed: 200 bytes. */
  readonly seed: Uint8Array;
}

const SEED_BYTES = 200;

const source = (name: string): string => fileURLToPath(new URL(`fuzz_targets/${name}`, import.meta.url));

/** `trivial.c` in the text format. */
const TRIVIAL = `(module
  (memory (export "memory") 32)
  (global $sink (mut i32) (i32.const 0))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.gt_u (local.get $size) (i32.const 3)) (then
      (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 0x46)) (then
        (if (i32.eq (i32.load8_u offset=1 (local.get $data)) (i32.const 0x55)) (then
          (global.set $sink (i32.load8_u offset=2 (local.get $data)))))))))
    (i32.const 0)))`;

/** @param note takes a line on what could not be built */
export function buildTargets(
  directory: string,
  clang: string,
  cjson: string | undefined,
  note: (line: string) => void,
): BenchTarget[] {
  const compile = (args: readonly string[], output: string, what: string): string | undefined => {
    const { status, stderr, error } = spawnSync(clang, [...args, "-O2", "-o", output], { encoding: "utf8" });
    if (status === 0) return output;
    note(`${what} is left out: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
    return undefined;
  };
  const native = (files: readonly string[], name: string): string | undefined =>
    compile(["-fsanitize=fuzzer", "-g", ...files], join(directory, name), `${name}, native`);
  const trivial = join(directory, "trivial.wasm");
  writeFileSync(trivial, wat(TRIVIAL, true));
  const targets: BenchTarget[] = [
    {
      name: "trivial",
      module: trivial,
      allowlist: undefined,
      native: native([source("trivial.c")], "trivial"),
      seed: new Uint8Array(SEED_BYTES),
    },
  ];
  if (cjson === undefined) {
    note("cjson is left out: name the directory of its source with --cjson (apt-get source cjson)");
    return targets;
  }
  const files = ["-I", cjson, source("cjson.c"), join(cjson, "cJSON.c")];
  const reactor = ["--target=wasm32-wasi", "-mexec-model=reactor", "-Wl,--export=malloc", EXPORT_ENTRY];
  const module = compile([...reactor, ...files], join(directory, "cjson.wasm"), "cjson");
  if (module === undefined) return targets;
  const allowlist = source("cjson.allowlist");
  targets.push({ name: "cjson", module, allowlist, native: native(files, "cjson"), seed: jsonSeed() });
  return targets;
}

const EXPORT_ENTRY = "-Wl,--export=LLVMFuzzerTestOneInput";

/** A document of 200 bytes with a bit of everything. */
function jsonSeed(): Uint8Array {
  const document = `{"name":"wasm","list":[1,-2.5,3e10,true,false,null],"nested":{"a":{"b":["\\u00e9","\\n\\t\\"",{}]}},"text":"`;
  return new TextEncoder().encode(`${document.padEnd(SEED_BYTES - 2, "lorem ipsum ")}"}`);
}
