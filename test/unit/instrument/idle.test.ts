/** Copies of functions without sites, for while nothing is traced. */

import { describe, expect, it } from "vitest";
import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_PC, Kcov } from "../../../src/index.ts";
import { hasMultiMemory, type Idle, instrument, type LinkMode, type TraceKind } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];

/** `outer` asks the host before it calls `inner`, and goes on after it. */
const ASKS = wat(`(module
  (import "env" "host" (func $host))
  (func $inner (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "outer") (param i32) (result i32)
    (call $host)
    (drop (call $inner (local.get 0)))
    (if (result i32) (local.get 0) (then (i32.const 3)) (else (i32.const 4)))))`);

/** The sites that one run recorded, with the host doing what is asked in the middle of `outer`. */
async function sitesWith(link: LinkMode, idle: Idle, host: "enable" | "disable"): Promise<string[]> {
  const kcov = await Kcov.create();
  const { binary, pcTable } = instrument(ASKS, { link, idle });
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, 64);
  const { words } = kcov.mmap(fd, 512);
  const enable = (): unknown => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  const disable = (): unknown => kcov.ioctl(fd, KCOV_DISABLE, 0);
  const env = { host: host === "enable" ? enable : disable };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { ...kcov.imports, env });
  if (host === "disable") enable();
  (exports.outer as (value: number) => number)(1);
  if (host === "enable") disable();
  const pcs = words.slice(1, 1 + Number(words[0]));
  return Array.from(pcs, (pc) => {
    const site = pcTable.sites.find((each) => each.pc === pc);
    return `${site?.function} ${site?.kind}`;
  });
}

describe.each(LINKS)('idle: "fast" (%s link)', (link) => {
  it("records what is enabled in the middle of a function from the next function on", async () => {
    expect(await sitesWith(link, "exact", "enable")).toEqual(["1 entry", "1 then", "2 then"]);
    expect(await sitesWith(link, "fast", "enable")).toEqual(["1 entry", "1 then"]);
  });

  it("stops at once when it is disabled in the middle of a function", async () => {
    expect(await sitesWith(link, "exact", "disable")).toEqual(["2 entry"]);
    expect(await sitesWith(link, "fast", "disable")).toEqual(["2 entry"]);
  });

  it("counts while nothing is traced", () => {
    const options = { link, trace: ["pc", "counters"], counters: "64bit", counterStorage: "device" } as const;
    const counts = (["exact", "fast"] as const).map((idle) => {
      const { kcov } = createBench().imports;
      let counters = 0;
      const init = (bytes: number): number => {
        counters = (kcov.memory as WebAssembly.Memory).grow(1) * 65536;
        expect(bytes).toBeGreaterThan(0);
        return counters;
      };
      const { binary } = instrument(ASKS, { ...options, idle });
      const imports = { kcov: { ...kcov, __sanitizer_cov_8bit_counters_init: init }, env: { host: () => {} } };
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
      for (const value of [0, 1, 1]) (exports.outer as (value: number) => number)(value);
      return new BigUint64Array((kcov.memory as WebAssembly.Memory).buffer, counters, 6).join();
    });
    expect(counts).toEqual(["3,2,1,3,2,1", "3,2,1,3,2,1"]);
  });

  it("leaves one frame for each call", () => {
    const module = wat(`(module (import "env" "host" (func $host))
      (func (export "f") (param i32) (if (local.get 0) (then (call $host)))))`);
    const bench = createBench();
    const frames = (["exact", "fast"] as const).flatMap((idle) => {
      const { binary } = instrument(module, { link, idle });
      let depth = 0;
      const host = (): void => {
        depth = new Error().stack?.split("\n").filter((line) => line.includes("wasm")).length ?? 0;
      };
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { ...bench.imports, env: { host } });
      const run = (): unknown => (exports.f as (value: number) => unknown)(1);
      run();
      const untraced = depth;
      bench.tracePcs(run);
      return [untraced, depth];
    });
    expect(frames).toEqual([1, 1, 1, 1]);
  });
});

it.each([[["counters"]], [[]]] as TraceKind[][][])("is refused where nothing can be enabled: %j", (trace) => {
  const refused = () => instrument(ASKS, { trace, idle: "fast", link: "import" });
  expect(refused).toThrow(new TypeError('instrument: idle "fast" is for what a device enables: counters always count'));
});
