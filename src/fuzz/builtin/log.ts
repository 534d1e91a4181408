/** libFuzzer's log format, as read by tools that watch fuzzers. */

import { visible, visibleLines } from "../../text.ts";
import type { Figures, Finding, FuzzEvent, InputFacts, StabilityFigures } from "./events.ts";

/** Longer inputs are not printed. */
const PRINTED_BYTES = 64;

/** Formats an event as lines, each with its line terminator. @param pid process to name in reports */
export function formatEvent(event: FuzzEvent, pid: number): string {
  switch (event.event) {
    case "loaded":
      return formatLoaded(event.seed, event.modules);
    case "note":
      return `${visibleLines(event.text)}\n`;
    case "inited":
    case "pulse":
    case "reload":
    case "done":
      return formatProgress(event.event, event.figures);
    case "new":
    case "reduce":
      return formatInput(event.event, event.figures, event.input);
    case "finding":
      return event.isDuplicate ? "" : formatFinding(event.finding, pid);
    case "running":
      return `Running: ${visible(event.path)}\n`;
    case "ran":
      return `Executed ${visible(event.path)} in ${Math.round(event.milliseconds)} ms\n`;
    case "merged":
      return `MERGE-OUTER: ${event.files} new files with ${event.features} new features added; ${event.edges} new coverage edges\n`;
    case "minimized":
      return event.last
        ? `CRASH_MIN: failed to minimize beyond ${visible(event.path)} (${event.bytes} bytes), exiting\n`
        : `CRASH_MIN: '${visible(event.path)}' (${event.bytes} bytes) caused a crash. Will try to minimize it further\n`;
    case "stability":
      return event.stability.unstable === 0
        ? ""
        : `WARNING: stability: ${formatStability(event.stability)} of the reached edges are the same when an input runs again: --reset may help\n`;
    case "verified":
      return event.reproduced
        ? `INFO: ${visible(event.input)}: reproduced alone, in a fresh state\n`
        : `WARNING: ${visible(event.input)}: accumulated state: not reproducible alone\n`;
    case "stats":
      return formatStats(event);
  }
}

/** Executions per second, rounded. */
export function runsPerSecond({ runs, seconds }: Figures): number {
  return seconds > 0 ? Math.round(runs / seconds) : runs;
}

function formatLoaded(seed: number, modules: readonly { name: string; counters: number }[]): string {
  const total = modules.reduce((sum, { counters }) => sum + counters, 0);
  const each = modules.map(({ name, counters }) => `${counters} [${visible(name)}]`).join(", ");
  return (
    `INFO: Seed: ${seed}\n` +
    `INFO: Loaded ${modules.length} modules   (${total} inline 8-bit counters): ${each}, \n` +
    `INFO: Loaded ${modules.length} PC tables (${total} PCs): ${each}, \n`
  );
}

function formatProgress(kind: "inited" | "pulse" | "reload" | "done", figures: Figures): string {
  const name = kind === "pulse" ? "pulse " : kind.toUpperCase();
  const line = `${formatFigures(name, figures)}\n`;
  return kind === "done" ? `${line}Done ${figures.runs} runs in ${Math.floor(figures.seconds)} second(s)\n` : line;
}

function formatInput(kind: "new" | "reduce", figures: Figures, { bytes, mutations }: InputFacts): string {
  const name = kind === "new" ? "NEW   " : "REDUCE";
  const sequence = mutations.map((mutation) => `${mutation}-`).join("");
  return `${formatFigures(name, figures)} L: ${bytes}/${figures.limit} MS: ${mutations.length} ${sequence}\n`;
}

function formatFigures(name: string, figures: Figures): string {
  const { runs, edges, features, inputs, bytes, limit, rssMb } = figures;
  const corpus = `corp: ${inputs}/${formatBytes(bytes)}`;
  const pace = `exec/s: ${runsPerSecond(figures)} rss: ${Math.round(rssMb)}Mb`;
  return `#${runs}\t${name} cov: ${edges} ft: ${features} ${corpus} lim: ${limit} ${pace}`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1 << 14) return `${bytes}b`;
  if (bytes < 1 << 24) return `${bytes >> 10}Kb`;
  return `${Math.floor(bytes / 2 ** 20)}Mb`;
}

function formatFinding(finding: Finding, pid: number): string {
  if (finding.report !== undefined) {
    const report = `${RULE}\n==${pid}==ERROR: AddressSanitizer: ${finding.report}`;
    return report + formatOrigin(finding);
  }
  const head = formatHead(finding, pid);
  const frames = finding.frames.map(({ name, offset, location }, index) => {
    const at = offset === undefined ? "" : `0x${offset.toString(16)} `;
    return `    #${index} ${at}in ${visible(name)}${location === undefined ? "" : ` ${visible(location)}`}\n`;
  });
  return [head, ...frames, formatSummary(finding), formatOrigin(finding)].join("");
}

const RULE = "=".repeat(65);

function formatHead({ kind, reason, seconds }: Finding, pid: number): string {
  switch (kind) {
    case "crash":
      return `==${pid}== ERROR: libFuzzer: deadly signal\n    ${visible(reason)}\n`;
    case "timeout":
      return formatTimeout(seconds ?? 0, reason, pid);
    case "oom":
      return (
        `==${pid}== ERROR: libFuzzer: out-of-memory (${reason})\n` +
        "   To change the out-of-memory limit use -rss_limit_mb=<N>\n"
      );
    case "slow-unit":
      return `Slowest unit: ${Math.floor(seconds ?? 0)} s:\n`;
  }
}

/** @param limit in seconds. Times are printed with as many decimals: none where tools that read the log expect none */
function formatTimeout(seconds: number, limit: string, pid: number): string {
  const decimals = limit.split(".")[1]?.length ?? 0;
  const after = (Math.floor(seconds * 10 ** decimals) / 10 ** decimals).toFixed(decimals);
  return (
    `ALARM: working on the last Unit for ${after} seconds\n` +
    `       and the timeout value is ${limit} (use -timeout=N to change)\n` +
    `==${pid}== ERROR: libFuzzer: timeout after ${after} seconds\n`
  );
}

function formatSummary({ kind }: Finding): string {
  if (kind === "slow-unit") return "";
  const what = { crash: "deadly signal", timeout: "timeout", oom: "out-of-memory" }[kind];
  return `SUMMARY: libFuzzer: ${what}\n`;
}

/** Formats the mutations that made the input, the input itself if it is short, and where it was saved. */
function formatOrigin({ mutations, base, input, path, unsaved }: Finding): string {
  if (path === undefined) return unsaved === undefined ? "" : formatUnsaved(input, unsaved);
  const sequence = mutations.map((mutation) => `${mutation}-`).join("");
  const origin = `MS: ${mutations.length} ${sequence}; base unit: ${base ?? "0".repeat(40)}\n`;
  const isShort = input.length <= PRINTED_BYTES;
  const hex = Array.from(input, (byte) => `0x${byte.toString(16)},`).join("");
  const base64 = btoa(String.fromCharCode(...input.subarray(0, PRINTED_BYTES)));
  return (
    origin +
    (isShort ? `${hex}\n${escapeBytes(input)}\n` : "") +
    `Test unit written to ${visible(path)}\n` +
    (isShort ? `Base64: ${base64}\n` : "")
  );
}

/** Formats the whole input, because it is stored nowhere else. */
function formatUnsaved(input: Uint8Array, reason: string): string {
  let binary = "";
  for (const byte of input) binary += String.fromCharCode(byte);
  return `ERROR: the input could not be saved: ${visible(reason)}\nBase64: ${btoa(binary)}\n`;
}

function escapeBytes(input: Uint8Array): string {
  return Array.from(input, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === "\\" || char === '"') return `\\${char}`;
    return byte >= 32 && byte < 127 ? char : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}

function formatStability({ reached, unstable }: StabilityFigures): string {
  return `${(reached === 0 ? 100 : (100 * (reached - unstable)) / reached).toFixed(1)} %`;
}

function formatStats(stats: Extract<FuzzEvent, { event: "stats" }>): string {
  const { figures, findings, reproduced, notReproduced, stability, longestSeconds } = stats;
  return (
    `stat::number_of_executed_units: ${figures.runs}\n` +
    `stat::average_exec_per_sec:     ${runsPerSecond(figures)}\n` +
    `stat::new_units_added:          ${figures.inputs}\n` +
    `stat::slowest_unit_time_sec:    ${Math.floor(longestSeconds)}\n` +
    `stat::peak_rss_mb:              ${Math.round(figures.rssMb)}\n` +
    (stability === undefined ? "" : `stat::stability:                ${formatStability(stability)}\n`) +
    (findings > 0 ? `stat::number_of_findings:       ${findings}\n` : "") +
    (reproduced + notReproduced > 0
      ? `stat::reproduced_findings:      ${reproduced} of ${reproduced + notReproduced}\n`
      : "")
  );
}
