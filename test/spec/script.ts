/**
 * Runs `.wast` scripts several times over: on the modules as they are, instrumented in each link mode with everything
 * traced, and with counters. What holds on the original must hold on the others, the link modes must leave the same trace,
 * and counts that follow from others must be those that a counter at every site gives.
 */

import { hasMultiMemory, InstrumentError, instrument } from "../../src/instrument/index.ts";
import { type Assembler, assemble } from "./assemble.ts";
import { differingSite } from "./counting.ts";
import { head, type List, parseScript, type Sexpr, textOf } from "./sexpr.ts";
import { argument, matches, Unsupported } from "./values.ts";
import { hasVectors, vectorsMatch, wrapperText } from "./vectors.ts";
import { type Outcome, World } from "./world.ts";

/** What came of one script. */
export interface ScriptResult {
  passed: number;
  /** Assertions that hold on the original and not on an instrumented module, with the reason. */
  failed: string[];
  /** Those of them that do not hold on a module either that Binaryen merely read and wrote. */
  lost: string[];
  /** Numbers of forms that say nothing about the pass, by reason. */
  skipped: Map<string, number>;
}

export function runScript(text: string, parsers: readonly Assembler[]): ScriptResult {
  const script = new Script(text, parsers);
  for (const form of parseScript(text)) script.form(form);
  script.compareCounts();
  return script.result;
}

/** Modules whose input is not a binary, or which are to be refused for what only the text format has. */
const TEXT_ONLY = "of the text format";

class Script {
  readonly result: ScriptResult = { passed: 0, failed: [], lost: [], skipped: new Map() };
  private readonly text: string;
  private readonly parsers: readonly Assembler[];
  private readonly original = new World("original");
  private readonly rewritten = new World("binaryen");
  private readonly tracing: World[];
  private readonly everywhere = new World("all counts");
  private readonly derived: readonly World[] = [new World("counts"), new World("flags")];
  private readonly worlds: World[];
  private calls = 0;
  private exhausted = false;
  /** Calls and modules that trapped, or threw. */
  private throws = 0;
  /** How deep a recursion gets depends on the size of frames: so do counts. */
  private wasExhausted = false;

  constructor(text: string, parsers: readonly Assembler[]) {
    this.text = text;
    this.parsers = parsers;
    this.tracing = [new World("import"), ...(hasMultiMemory() ? [new World("fused")] : [])];
    this.worlds = [...this.tracing, new World("idle"), this.everywhere, ...this.derived];
  }

  form(form: List): void {
    try {
      this.dispatch(form);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.skip(error.message);
    }
  }

  private dispatch(form: List): unknown {
    const [, subject] = form.items;
    switch (head(form)) {
      case "module":
        return this.module(form);
      case "register":
        return this.eachWorld((world) => world.register(textOf(subject), textOf(form.items[2])));
      case "invoke":
      case "get":
        return this.action(form, form, undefined);
      case "assert_return":
        return this.action(form, subject, form.items.slice(2));
      case "assert_trap":
      case "assert_unlinkable":
        if (head(subject) === "module") return this.failingModule(form, subject as List);
        return this.action(form, subject, "throws");
      case "assert_exhaustion":
      case "assert_exception":
        return this.action(form, subject, "throws");
      case "assert_malformed":
      case "assert_invalid":
        return this.refused(form, subject as List);
      default:
        return this.skip(head(form));
    }
  }

  compareCounts(): void {
    if (this.wasExhausted) return;
    const all = this.everywhere.counting?.counts ?? new Map<string, bigint>();
    for (const { counting, link } of this.derived) {
      const difference = differingSite(
        all,
        counting?.counts ?? new Map<string, bigint>(),
        link === "flags" ? undefined : this.throws,
      );
      if (difference === undefined) this.result.passed++;
      else this.result.failed.push(`${link}: ${difference}`);
    }
  }

  private eachWorld(act: (world: World) => void): void {
    for (const world of [this.original, this.rewritten, ...this.worlds]) act(world);
  }

  private skip(reason: string): void {
    this.result.skipped.set(reason, (this.result.skipped.get(reason) ?? 0) + 1);
  }

  /** @param isLost whether Binaryen alone is the reason */
  private fail(form: List, reason: string, isLost = false): void {
    this.result[isLost ? "lost" : "failed"].push(`line ${form.line}: ${head(form)}: ${reason}`);
  }

  private module(form: List): unknown {
    const words = form.items.slice(1, 4).map((item) => (item.kind === "atom" ? item.text : ""));
    const names = words.filter((word) => word.startsWith("$"));
    this.eachWorld((world) => world.forget());
    if (words[0] === "instance") return this.instance(form, names[0] ?? "", names[1] ?? "");
    const binary = this.binaryOf(form);
    if (!binary) return;
    const isDefinition = words[0] === "definition";
    const load = (world: World): void => {
      const module = world.compile(binary);
      if (isDefinition) world.define(module, names[0] ?? "");
      else world.instantiate(module, names[0] ?? "");
    };
    this.load(form, load);
  }

  private instance(form: List, name: string, definition: string): unknown {
    return this.load(form, (world) => world.instantiate(world.definition(definition), name));
  }

  private load(form: List, load: (world: World) => void): unknown {
    const failure = messageOf(() => load(this.original));
    if (failure !== undefined) return this.skip(`module that this engine does not take: ${failure.slice(0, 60)}`);
    const isLost = messageOf(() => load(this.rewritten)) !== undefined;
    for (const world of this.worlds) {
      const reason = messageOf(() => load(world));
      if (reason === undefined) this.result.passed++;
      else this.fail(form, `${world.link}: ${reason}`, isLost);
    }
    return undefined;
  }

  private binaryOf(form: List): Uint8Array<ArrayBuffer> | undefined {
    try {
      return assemble(form, this.text, this.parsers);
    } catch (error) {
      this.skip(`module that the text parser does not take: ${String(error).split("\n")[0]?.slice(0, 60)}`);
      return undefined;
    }
  }

  /** A module that traps while it is instantiated, or does not link. */
  private failingModule(form: List, module: List): unknown {
    const binary = this.binaryOf(module);
    if (!binary) return;
    const load = (world: World) => messageOf(() => world.instantiate(world.compile(binary), ""));
    const expected = load(this.original);
    this.throws++;
    if (expected === undefined) return this.skip("module that this engine takes");
    const isSame = (actual: string | undefined): boolean => actual !== undefined && sameMessage(expected, actual);
    const isLost = !isSame(load(this.rewritten));
    for (const world of this.worlds) {
      const actual = load(world);
      if (!isSame(actual)) this.fail(form, `${world.link}: ${actual ?? "it links"}`, isLost);
      else this.result.passed++;
    }
  }

  /** A binary that is no valid module must be refused. */
  private refused(form: List, module: List): unknown {
    if (module.items.some(({ kind }) => kind === "string") && textOf(module.items[1]) === "quote")
      return this.skip(TEXT_ONLY);
    let binary: Uint8Array<ArrayBuffer>;
    try {
      binary = assemble(module, this.text, this.parsers.slice(0, 1));
    } catch {
      return this.skip(TEXT_ONLY);
    }
    if (WebAssembly.validate(binary)) return this.skip("module that this engine takes");
    try {
      instrument(binary, { link: "import" });
      this.fail(form, "was instrumented");
    } catch (error) {
      if (error instanceof InstrumentError && error.code === "ERR_MALFORMED") this.result.passed++;
      else this.fail(form, String(error));
    }
  }

  /** A call or a read of a global, in every world. */
  private action(form: List, action: Sexpr | undefined, expected: readonly Sexpr[] | "throws" | undefined): unknown {
    const act = this.prepare(action as List, Array.isArray(expected) ? expected : []);
    if (!act) return this.skip("call of a module that was not loaded");
    const comparisons = this.calls++ % 2 === 1;
    const reference = this.original.call(() => act.run(this.original), comparisons).outcome;
    if (!holds(reference, expected, act.vectors)) return this.skip("assertion that does not hold on the original");
    // Asked of it in any case: it must do what the others did. What it exports may be missing.
    const bare = this.rewritten.call(() => act.run(this.rewritten), comparisons).outcome;
    const isLost = !holds(bare, expected, act.vectors) || difference(reference, bare) !== undefined;
    if ("thrown" in reference) this.throws++;
    const traces = this.worlds.map((world) => {
      const { outcome, trace } = world.call(() => act.run(world), comparisons);
      const reason = holds(outcome, expected, act.vectors) ? difference(reference, outcome) : describe(outcome);
      if (reason === undefined) this.result.passed++;
      else this.fail(form, `${world.link}: ${reason}`, isLost);
      return trace;
    });
    // How deep a recursion gets depends on the size of frames; an indirect call that it cut off is reported by the next.
    const cutOff = this.exhausted;
    this.exhausted = head(form) === "assert_exhaustion";
    this.wasExhausted ||= this.exhausted;
    if (cutOff || this.exhausted) return undefined;
    if (traces.slice(0, this.tracing.length).some((trace) => trace !== traces[0]))
      this.fail(form, "traces differ between link modes");
    return undefined;
  }

  private prepare(
    action: List,
    results: readonly Sexpr[],
  ): { run(world: World): unknown; vectors: boolean } | undefined {
    const rest = action.items.slice(1);
    const name = rest[0]?.kind === "atom" ? textOf(rest.shift()) : "";
    const field = textOf(rest.shift());
    const exportOf = (world: World) => world.find(name)?.exports[field];
    if ([this.original, ...this.worlds].some((world) => exportOf(world) === undefined)) return undefined;
    if (head(action) === "get") return { run: (world) => globalValue(exportOf(world)), vectors: false };
    if (hasVectors([...rest, ...results].filter((form) => head(form).endsWith(".const")))) {
      const [parse] = this.parsers;
      if (!parse) throw new Unsupported("vectors");
      const wrapper = new WebAssembly.Module(parse(wrapperText(rest, results, this.text)));
      const run = (world: World) => {
        const { exports } = new WebAssembly.Instance(wrapper, { m: { f: exportOf(world) as WebAssembly.ImportValue } });
        return (exports.run as () => unknown)();
      };
      return { run, vectors: true };
    }
    const args = rest.map(argument);
    return { run: (world) => (exportOf(world) as (...values: unknown[]) => unknown)(...args), vectors: false };
  }
}

function globalValue(exported: unknown): unknown {
  return (exported as WebAssembly.Global).value;
}

function messageOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/**
 * Function and global indices differ, offsets too. What only null can reach, and would trap at, Binaryen writes as
 * `unreachable` even where it changes nothing.
 */
function sameMessage(a: string, b: string): boolean {
  if (/null/.test(a) && /unreachable/.test(b)) return true;
  const strip = (text: string) => text.replaceAll(/\d+|"[^"]*"/g, "");
  return strip(a) === strip(b);
}

function holds(outcome: Outcome, expected: readonly Sexpr[] | "throws" | undefined, vectors: boolean): boolean {
  if (expected === undefined) return true;
  if (expected === "throws") return "thrown" in outcome && !(outcome.thrown instanceof TypeError);
  if ("thrown" in outcome) return false;
  const values = Array.isArray(outcome.returned) ? outcome.returned : [outcome.returned];
  if (expected.length === 0) return outcome.returned === undefined;
  return vectors ? vectorsMatch(expected, values) : expected.every((pattern, k) => matches(pattern, values[k]));
}

/** How an outcome is not that of the original. */
function difference(reference: Outcome, outcome: Outcome): string | undefined {
  if ("thrown" in reference !== "thrown" in outcome) return describe(outcome);
  if ("thrown" in reference && "thrown" in outcome) {
    return sameMessage(String(reference.thrown), String(outcome.thrown)) ? undefined : describe(outcome);
  }
  const [expected, actual] = [describe(reference), describe(outcome)];
  return expected === actual ? undefined : `${actual} instead of ${expected}`;
}

function describe(outcome: Outcome): string {
  if ("thrown" in outcome) return `threw ${outcome.thrown}`;
  return (Array.isArray(outcome.returned) ? outcome.returned : [outcome.returned]).map(show).join();
}

/** References have no text of their own. */
function show(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "function" || (typeof value === "object" && value !== null) ? typeof value : String(value);
}
