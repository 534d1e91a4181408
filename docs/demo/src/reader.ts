/** The worker that turns functions into text. A module is disassembled once, when its first function is asked for. */

import type { CodeSources } from "../../../src/coverage/sources/code_sources.ts";
import { findSources, type ModuleSources } from "../../../src/coverage/sources/find_sources.ts";
import type { Listing, ReadOrder } from "./messages.ts";

interface Module {
  readonly sources: ModuleSources;
  readonly text: CodeSources;
  readonly files: readonly (readonly string[])[];
}

let known: { bytes: number; first: number; module: Module } | undefined;

self.onmessage = ({ data }: MessageEvent<ReadOrder>) => {
  self.postMessage(listing(moduleOf(data.original), data.body));
};

function moduleOf(original: Uint8Array<ArrayBuffer>): Module {
  if (known?.bytes !== original.length) {
    const sources = findSources(original);
    const text = sources.disassembly(() => true);
    const files = text.files.map(({ content = "" }) => content.split("\n"));
    known = { bytes: original.length, first: 0, module: { sources, text, files } };
  }
  return known.module;
}

function listing({ sources, text, files }: Module, body: number): Listing {
  const { names, bodies } = sources;
  const { start, end } = bodies[body] ?? { start: 0, end: 0 };
  const lines: string[] = [];
  const offsets: number[] = [];
  const { rows } = text;
  for (let row = rows.firstAfter(start); row < rows.length && (rows.start[row] as number) < end; row++) {
    const line = files[rows.file[row] as number]?.[(rows.line[row] as number) - 1] ?? "";
    // The offset is in a column of its own.
    lines.push(line.replace(/^0x[0-9a-f]+ {2}/, ""));
    offsets.push(rows.start[row] as number);
  }
  return { body, name: names.of(names.importedFunctions + body), lines, offsets };
}
