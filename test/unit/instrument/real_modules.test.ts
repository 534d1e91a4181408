/** Real modules, instrumented in both link modes, do what they did before. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hasMultiMemory, instrument, type LinkMode, readPcTable } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";

const require = createRequire(import.meta.url);
const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
if (!hasMultiMemory()) process.stderr.write("this engine has no multi-memory: the fused link is not run here\n");

interface Database {
  run(sql: string, parameters?: unknown[]): void;
  exec(sql: string): unknown;
}

/** Loads sql.js on a given module. Its glue keeps the first instance it made, so it is loaded anew. */
async function openSqlJs(binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): Promise<Database> {
  delete require.cache[require.resolve("sql.js/dist/sql-wasm.js")];
  const SQL = await require("sql.js/dist/sql-wasm.js")({
    instantiateWasm(own: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { ...own, ...imports });
      done(instance);
      return instance.exports;
    },
  });
  return new SQL.Database();
}

function runQueries(db: Database): unknown {
  db.run("CREATE TABLE t(a INTEGER, b TEXT); CREATE INDEX i ON t(b)");
  for (let k = 0; k < 50; k++) db.run("INSERT INTO t VALUES (?, ?)", [k, `row ${(k * 7919) % 50}`]);
  return db.exec("SELECT b, sum(a) FROM t WHERE b LIKE 'row 1%' GROUP BY b HAVING sum(a) > 5 ORDER BY b DESC LIMIT 9");
}

/** SQLite seeds its random numbers from the clock and the host: two runs must see the same. */
beforeAll(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => array);
});

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("sql.js", () => {
  const original = readFileSync(require.resolve("sql.js/dist/sql-wasm.wasm"));
  const traces: bigint[][] = [];

  it.each(LINKS)("gives the same rows, and every pc is in the table (%s)", async (link) => {
    const expected = runQueries(await openSqlJs(new Uint8Array(original), {}));
    const { binary, pcTable } = instrument(original, { link });
    const bench = createBench(1 << 22);
    const db = await openSqlJs(binary, bench.imports);
    let rows: unknown;
    const pcs = bench.tracePcs(() => {
      rows = runQueries(db);
    });
    expect(rows).toEqual(expected);
    const hooked = new Set(pcTable.sites.filter(({ impliedBy }) => !impliedBy).map(({ pc }) => pc));
    expect([...new Set(pcs)].filter((pc) => !hooked.has(pc))).toEqual([]);
    expect(new Set(pcs).size).toBeGreaterThan(2_000);
    expect(readPcTable(new WebAssembly.Module(binary))).toEqual(pcTable);
    traces.push(pcs);
  });

  it.runIf(LINKS.length === 2)("leaves the same trace in both link modes", () => {
    expect(traces[0]).toEqual(traces[1]);
  });
});
