/** Starts the process of a side, with the Node.js that is to be measured. */

import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.ts";
import { modeOf } from "./modes.ts";
import type { Batch, Side, SideFacts, SideMessage, SideSetup } from "./side.ts";

/** Path of the entry point, which is source or built like this file. */
const SIDE_PROCESS = fileURLToPath(new URL(`./side_process${extname(import.meta.url)}`, import.meta.url));

/** How many characters of a process's stderr are kept. */
const MOST_STDERR = 10_000;

/** A mode that an engine does not support. */
export interface Unavailable {
  readonly reason: string;
}

/**
 * @param node path of the Node.js to run it with
 * @throws {Failure} the program failed
 */
export async function startSide(setup: SideSetup, node: string = process.execPath): Promise<Side | Unavailable> {
  const { flags = [] } = modeOf(setup.mode);
  if (flags.length > 0 && spawnSync(node, [...flags, "--eval", ""]).status !== 0) {
    return { reason: `this Node.js has no ${flags.join(" ")}` };
  }
  const child = new SideProcess(setup, node);
  const message = await child.ask(setup);
  if (message.kind === "unavailable") {
    child.kill();
    return { reason: message.reason };
  }
  if (message.kind !== "ready") throw new Error(`a side began with ${message.kind}`);
  if (message.facts.repeatable) return new RepeatedSide(setup.mode, message.facts, child);
  child.kill();
  return new WholeProgramSide(setup, message.facts, node);
}

/** A program that can be run again. */
class RepeatedSide implements Side {
  readonly name: string;
  readonly facts: SideFacts;
  readonly #process: SideProcess;

  constructor(name: string, facts: SideFacts, process: SideProcess) {
    this.name = name;
    this.facts = facts;
    this.#process = process;
  }

  async run(iterations: number): Promise<Batch> {
    const message = await this.#process.ask(iterations);
    if (message.kind !== "batch") throw new Error(`a side answered with ${message.kind}`);
    return message.batch;
  }

  close(): void {
    this.#process.kill();
  }
}

/** A program that needs a new process each time: the measurements include its compilation by the engine. */
class WholeProgramSide implements Side {
  readonly name: string;
  readonly facts: SideFacts;
  readonly #setup: SideSetup;
  readonly #node: string;

  constructor(setup: SideSetup, facts: SideFacts, node: string) {
    this.name = setup.mode;
    this.facts = facts;
    this.#setup = setup;
    this.#node = node;
  }

  async run(iterations: number): Promise<Batch> {
    let [ns, events] = [0, 0];
    for (let iteration = 0; iteration < iterations; iteration++) {
      const child = new SideProcess(this.#setup, this.#node);
      const message = await child.ask(this.#setup);
      child.kill();
      if (message.kind !== "ready") throw new Error(`a side began with ${message.kind}`);
      ns += message.facts.firstNs;
      events += message.facts.events;
    }
    return { ns, events, result: "" };
  }

  close(): void {
    // Nothing runs between batches.
  }
}

/** A child process that answers each message with one. Its own output is used only in messages of failures. */
class SideProcess {
  readonly #child: ChildProcess;
  readonly #setup: SideSetup;
  #stderr = "";

  constructor(setup: SideSetup, node: string) {
    this.#setup = setup;
    const execArgv = [...(modeOf(setup.mode).flags ?? [])];
    this.#child = fork(SIDE_PROCESS, [], { execPath: node, execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(0, MOST_STDERR);
    });
  }

  /** @throws {Failure} the program failed, or its process ended */
  ask(message: SideSetup | number): Promise<SideMessage> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const settle = (fn: () => void): void => {
        child.removeAllListeners();
        // A child that could not be started reports that more than once.
        child.on("error", () => {});
        fn();
      };
      child.once("error", (error) => settle(() => reject(this.#failure(error.message))));
      child.once("close", (code, signal) =>
        settle(() => reject(this.#failure(`ended by ${signal ?? `exit ${code}`}`))),
      );
      child.once("message", (reply: SideMessage) => settle(() => this.#receive(reply, resolve, reject)));
      child.send(message as SideSetup, () => {
        // If it cannot be sent, the process has ended, which is reported above.
      });
    });
  }

  #receive(reply: SideMessage, resolve: (message: SideMessage) => void, reject: (failure: Failure) => void): void {
    if (reply.kind !== "failed") {
      resolve(reply);
      return;
    }
    this.kill();
    reject(new Failure(reply.line, reply.exitCode));
  }

  #failure(what: string): Failure {
    const lines = this.#stderr.split("\n").map((line) => line.trim());
    // For a fatal error of the engine, its message, not the stack that follows.
    const said = lines.find((line) => /error/i.test(line)) ?? lines.findLast((line) => line !== "");
    return new Failure(`${this.#setup.workload.path} (${this.#setup.mode}): ${what}${said ? `: ${said}` : ""}`);
  }

  kill(): void {
    this.#child.kill();
  }
}
