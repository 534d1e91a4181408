/** Source maps, in which line 1 is the whole module, and a column is a byte offset. */

import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import type { ByteRange } from "../../binary_format.ts";
import type { FileAccess } from "./access.ts";
import { type CodeCopy, CodeRows, type CodeSources, type SourceFunction } from "./code_sources.ts";
import { FileList } from "./file_list.ts";
import type { FunctionNames } from "./function_names.ts";

/** The code to which a map is applied. */
export interface MappedCode {
  /** Bodies of functions, ascending. */
  readonly bodies: readonly ByteRange[];
  readonly names: FunctionNames;
  readonly files: FileAccess;
}

/**
 * Reads a map.
 *
 * @param directory the directory to which its sources' paths are relative; "" if there is none
 * @throws {Error} it is not a source map
 */
export function readSourceMap(text: string, directory: string, code: MappedCode): CodeSources | undefined {
  const { bodies, names } = code;
  const map = new TraceMap(text);
  const files = new FileList();
  const indices = map.sources.map((source, k) => {
    const path = pathOf(source ?? `(source ${k})`, map.sourceRoot ?? "", directory, code.files);
    return files.index(path, map.sourcesContent?.[k] ?? undefined);
  });
  const rows = new CodeRows();
  const segments = (decodedMappings(map)[0] ?? []) as readonly (readonly number[])[];
  let body = 0;
  for (const [k, segment] of segments.entries()) {
    const start = segment[0] as number;
    while (body < bodies.length && (bodies[body] as ByteRange).end <= start) body++;
    const range = bodies[body];
    if (!range || start < range.start || segment.length < 4) continue;
    const end = Math.min(segments[k + 1]?.[0] ?? range.end, range.end);
    const file = indices[segment[1] as number];
    if (end > start && file !== undefined) {
      rows.add(start, end, file, (segment[2] as number) + 1, (segment[3] as number) + 1);
    }
  }
  if (rows.length === 0) return undefined;
  return { kind: "source map", files: files.files, rows, ...functionsOf(rows, bodies, names) };
}

/** Maps do not describe functions: each function of the module is located where its first code is. */
export function functionsOf(
  rows: CodeRows,
  bodies: readonly ByteRange[],
  names: FunctionNames,
): { functions: SourceFunction[]; copies: CodeCopy[] } {
  const functions: SourceFunction[] = [];
  const copies: CodeCopy[] = [];
  for (const [k, { start, end }] of bodies.entries()) {
    let row = rows.firstAfter(start);
    while (row < rows.length && (rows.start[row] as number) < end && rows.line[row] === 0) row++;
    if (row >= rows.length || (rows.start[row] as number) >= end) continue;
    const name = names.of(names.importedFunctions + k);
    const place = {
      file: rows.file[row] as number,
      line: rows.line[row] as number,
      column: rows.column[row] as number,
    };
    copies.push({ function: functions.length, ranges: [[start, end]], parent: -1, entry: undefined });
    functions.push({ name, baseName: name, linkageName: undefined, ...place, isDeclared: false });
  }
  return { functions, copies };
}

/** The path of a source. AssemblyScript's root is meant for web servers: it is omitted if there is no such file. */
function pathOf(source: string, root: string, directory: string, files: FileAccess): string {
  const inRoot = under(directory, root === "" ? source : `${root.replace(/\/$/, "")}/${source}`);
  const candidates = [inRoot, under(directory, source), under(files.workingDirectory, source)];
  return candidates.find((path) => files.isFile(path)) ?? inRoot;
}

function under(directory: string, path: string): string {
  if (directory === "" || /^([/\\]|[A-Za-z]:[/\\]|[a-z][a-z0-9+.-]+:\/\/)/i.test(path)) return path;
  return `${directory.replace(/[/\\]$/, "")}/${path}`;
}
