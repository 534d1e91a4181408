/** What two lcov files say of the same lines, functions and branches. */

export interface LcovFile {
  readonly lines: Map<number, number>;
  /** Counts of functions by line: of declaration here, of the body's brace in llvm-cov. Copies of a template are one. */
  readonly functions: Map<number, number>;
  /** Counts of functions by name, without the file that llvm-cov puts in front of static ones. */
  readonly named: Map<string, number>;
  /** Counts of arms by line. */
  readonly branches: Map<number, number[]>;
}

/** Files by the last part of their path. */
export type Lcov = ReadonlyMap<string, LcovFile>;

export function parseLcov(text: string): Lcov {
  const files = new Map<string, LcovFile>();
  let file: LcovFile = newFile();
  let functionLines = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, key = "", value = ""] = /^(\w+):(.*)$/.exec(line) ?? [];
    const numbers = value.split(",").map(Number);
    const [first = 0, second = 0] = numbers;
    if (key === "SF") {
      const name = value.split("/").at(-1) ?? value;
      file = files.get(name) ?? newFile();
      files.set(name, file);
      functionLines = new Map();
    } else if (key === "DA") file.lines.set(first, Math.max(file.lines.get(first) ?? 0, second));
    else if (key === "FN") functionLines.set(value.slice(value.indexOf(",") + 1), first);
    else if (key === "FNDA") {
      const name = value.slice(value.indexOf(",") + 1);
      const plain = name.slice(name.lastIndexOf(":") + 1);
      file.named.set(plain, (file.named.get(plain) ?? 0) + first);
      const at = functionLines.get(name) ?? 0;
      file.functions.set(at, (file.functions.get(at) ?? 0) + first);
    } else if (key === "BRDA") {
      const arms = file.branches.get(first) ?? [];
      arms.push(Number.isNaN(numbers[3]) ? 0 : (numbers[3] ?? 0));
      file.branches.set(first, arms);
    }
  }
  return files;
}

function newFile(): LcovFile {
  return { lines: new Map(), functions: new Map(), named: new Map(), branches: new Map() };
}

export interface Agreement {
  same: number;
  all: number;
  readonly differences: string[];
}

export interface Comparison {
  readonly lines: Agreement;
  readonly functions: Agreement;
  /** Arms of branches on lines on which both have as many. */
  readonly branches: Agreement;
}

/** Compares what both know, in the files that are `wanted`. */
export function compare(ours: Lcov, reference: Lcov, wanted: (file: string) => boolean): Comparison {
  const result = { lines: newAgreement(), functions: newAgreement(), branches: newAgreement() };
  for (const [name, theirs] of reference) {
    const file = ours.get(name);
    if (!file || !wanted(name)) continue;
    compareCounts(result.lines, `${name}:`, file.lines, theirs.lines);
    compareFunctions(result.functions, name, file, theirs);
    for (const [line, arms] of theirs.branches)
      compareArms(result.branches, `${name}:${line}`, file.branches.get(line), arms);
  }
  return result;
}

function newAgreement(): Agreement {
  return { same: 0, all: 0, differences: [] };
}

/** By name or by line, whichever tells more of them apart: names of C++ are mangled natively. */
function compareFunctions(into: Agreement, file: string, ours: LcovFile, theirs: LcovFile): void {
  const byName = [...theirs.named.keys()].filter((name) => ours.named.has(name));
  const byLine = [...theirs.functions.keys()].filter((line) => ours.functions.has(line));
  if (byName.length >= byLine.length) compareCounts(into, `${file} function `, ours.named, theirs.named);
  else compareCounts(into, `${file} function at `, ours.functions, theirs.functions);
}

function compareCounts<Key>(
  into: Agreement,
  prefix: string,
  ours: ReadonlyMap<Key, number>,
  theirs: ReadonlyMap<Key, number>,
): void {
  for (const [line, count] of theirs) {
    const own = ours.get(line);
    if (own === undefined) continue;
    into.all++;
    if (own > 0 === count > 0) into.same++;
    else into.differences.push(`${prefix}${line} ran ${count} times natively, here ${own}`);
  }
}

/** Arms have no names, so they are compared in order of their counts. */
function compareArms(
  into: Agreement,
  place: string,
  ours: readonly number[] | undefined,
  reference: readonly number[],
): void {
  if (!ours) return;
  const theirs = mergeInstances(reference, ours.length);
  if (ours.length !== theirs.length) {
    into.differences.push(`${place} has ${theirs.length} arms natively (${theirs}), here ${ours.length} (${ours})`);
    return;
  }
  const sorted = [...theirs].sort((a, b) => a - b);
  for (const [k, count] of [...ours].sort((a, b) => a - b).entries()) {
    into.all++;
    if (count > 0 === (sorted[k] as number) > 0) into.same++;
    else into.differences.push(`${place} an arm ran ${sorted[k]} times natively, here ${count}`);
  }
}

/**
 * llvm-cov has the two arms of a condition once for every instance of a template, one instance after the other. Here
 * they are one.
 */
function mergeInstances(arms: readonly number[], length: number): readonly number[] {
  const instances = arms.length / length;
  if (!Number.isInteger(instances) || length % 2 !== 0) return arms;
  const merged = new Array<number>(length).fill(0);
  for (const [k, count] of arms.entries()) {
    const at = 2 * Math.floor(k / (2 * instances)) + (k % 2);
    merged[at] = (merged[at] as number) + count;
  }
  return merged;
}
