import { brotliDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { brotliStream, jsonDocument, plainText, xmlDocument } from "../../../bench/programs/inputs/documents.ts";
import { pngImage } from "../../../bench/programs/inputs/image.ts";
import { luaProgram } from "../../../bench/programs/inputs/lua.ts";
import { sqlScript } from "../../../bench/programs/inputs/sql.ts";

test.for(Object.entries({ jsonDocument, xmlDocument, brotliStream, plainText, pngImage, luaProgram, sqlScript }))(
  "%s: the same each time, tens of kilobytes",
  ([, make]) => {
    const input = make();
    expect(make()).toEqual(input);
    expect(input.length).toBeGreaterThan(16_000);
    expect(input.length).toBeLessThan(100_000);
  },
);

test("inputs are what they are called", () => {
  expect(JSON.parse(jsonDocument())).toHaveLength(160);
  expect(xmlDocument().match(/<entry /g)).toHaveLength(220);
  expect(brotliDecompressSync(brotliStream()).length).toBeGreaterThan(100_000);
});
