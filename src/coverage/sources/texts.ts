/** Texts for files of which debug information has only the names. */

import type { CodeSources, SourceFile } from "./code_sources.ts";

/**
 * Adds the texts of files from a source map of the same module. The two name files differently, so files are matched by
 * the code that both assign to them, at the same line.
 */
export function withTexts(debug: CodeSources, map: CodeSources): CodeSources {
  const matches = matchFiles(debug, map);
  const files = debug.files.map((file, k): SourceFile => {
    const match = matches.get(k);
    const content = file.content ?? (match === undefined ? undefined : map.files[match]?.content);
    return { ...file, content };
  });
  return { ...debug, files };
}

/** For each file without a text, the map's file that matches most of its code. */
function matchFiles(debug: CodeSources, map: CodeSources): Map<number, number> {
  const votes = new Map<number, Map<number, number>>();
  for (let row = 0; row < map.rows.length; row++) {
    const own = debug.rows.at(map.rows.start[row] as number);
    if (own < 0 || debug.rows.line[own] !== map.rows.line[row]) continue;
    const file = debug.rows.file[own] as number;
    const other = map.rows.file[row] as number;
    if (debug.files[file]?.content !== undefined || nameOf(debug.files[file]) !== nameOf(map.files[other])) continue;
    const candidates = votes.get(file) ?? new Map<number, number>();
    candidates.set(other, (candidates.get(other) ?? 0) + 1);
    votes.set(file, candidates);
  }
  return new Map(Array.from(votes, ([file, candidates]) => [file, mostOf(candidates)]));
}

function mostOf(candidates: ReadonlyMap<number, number>): number {
  let best = -1;
  for (const [candidate, count] of candidates) if (count > (candidates.get(best) ?? 0)) best = candidate;
  return best;
}

function nameOf(file: SourceFile | undefined): string | undefined {
  return file?.path.split("/").at(-1);
}
