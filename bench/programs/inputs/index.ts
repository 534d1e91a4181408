/** The inputs of the programs: tens of kilobytes each, made by a seeded generator. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "../tools.ts";
import { brotliStream, jsonDocument, plainText, xmlDocument } from "./documents.ts";
import { pngImage } from "./image.ts";
import { luaProgram } from "./lua.ts";
import { sqlScript } from "./sql.ts";

/** Iterations of the loop in one run. */
export const LOOP_ITERATIONS = 200_000;

const INPUTS: Readonly<Record<string, () => string | Uint8Array>> = {
  cjson: jsonDocument,
  expat: xmlDocument,
  brotli: brotliStream,
  lua: luaProgram,
  sqlite: sqlScript,
  ...Object.fromEntries(["lz4", "zstd", "xz", "zlib", "bzip2", "utf8proc"].map((name) => [name, plainText])),
  libpng: pngImage,
  tinyxml2: () => xmlDocument(300).replace(/<!DOCTYPE.*>\n/, ""),
  // What JSON is, YAML is.
  libyaml: () => jsonDocument(120),
  branches: () => new Uint8Array(Uint32Array.of(LOOP_ITERATIONS).buffer),
};

/** Writes a program's input to a file. @returns its path */
export function writeInput(program: string): string {
  const make = INPUTS[program];
  if (make === undefined) throw new RangeError(`there is no input for ${program}`);
  const directory = join(BUILD, "inputs");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, program);
  writeFileSync(path, make());
  return path;
}
