/**
 * Entry point of the process in which a target runs. It watches one thread, and reports how that ended; the process
 * itself is ended by its parent (guard.ts).
 */

import { Control } from "./control.ts";
import type { FromGuarded, ToGuarded } from "./guard.ts";
import { type Ending, watch } from "./watch.ts";

const interrupt = new AbortController();

// Ctrl-C reaches every process of a terminal; what to do is the parent's decision.
process.on("SIGINT", () => {});
// Nobody is left to report to, and a thread that never returns would run on.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (message: ToGuarded) => {
  if (message === "interrupt") interrupt.abort();
  else void run(message);
});

async function run({ job, limits, capacityBytes }: Exclude<ToGuarded, string>): Promise<void> {
  const control = Control.create(capacityBytes);
  const now = (): { runs: number; input: Uint8Array<ArrayBuffer> } => ({ runs: control.runs, input: control.input() });
  const ending: Ending = await watch(
    { ...job, control: control.buffer },
    control,
    limits,
    {
      onMessage: (message) => send({ message }),
      onSlow: (seconds) => send({ slow: seconds, ...now() }),
      onLook: (seconds) => send({ look: seconds, runs: control.runs }),
    },
    interrupt.signal,
  );
  send({ ending, ...now() });
}

function send(message: FromGuarded): void {
  // The parent may exit at any time, which ends this process, too.
  if (process.connected) process.send?.(message, () => {});
}
