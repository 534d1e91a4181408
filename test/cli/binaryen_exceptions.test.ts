/** Binaryen as it is shipped: C++ exceptions never leave its module. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const BINARYEN = new URL("../../dist/binaryen/", import.meta.url);

test("what may throw is called by the module itself, and what JavaScript throws has a tag", () => {
  const glue = readFileSync(new URL("glue.js", BINARYEN), "utf8");
  const module = new WebAssembly.Module(readFileSync(new URL("binaryen.wasm", BINARYEN)));
  const imports = WebAssembly.Module.imports(module);
  expect(imports.filter(({ kind }) => (kind as string) === "tag")).toHaveLength(1);
  const calling = [...glue.matchAll(/function ([\w$]+)\([^)]*\)\{var [\w$]+=[\w$]+\(\);try\{/g)].map(
    ([, name]) => name,
  );
  expect(calling.length).toBeGreaterThan(10);
  const given = new Set(imports.map(({ name }) => name));
  const stillGiven = calling.filter((name) =>
    [...glue.matchAll(/[,{]([\w$]+):([\w$]+)(?=[,}])/g)].some(
      ([, key = "", value]) => value === name && given.has(key),
    ),
  );
  expect(stillGiven).toEqual([]);
});

test("JavaScript that was compiled in another way is refused", async () => {
  const { withOwnExceptions } = await import("../../scripts/binaryen_exceptions.mjs" as string);
  expect(() => withOwnExceptions("const glue = 1;", new Uint8Array())).toThrow(
    "exceptions are not handled as expected",
  );
});
