/**
 * Entry of the process that a target runs in. It has one thread to watch, and says how that ended; its end is its
 * parent's business (guard.ts).
 */

import { Control } from "./control.ts";
import type { FromGuarded, ToGuarded } from "./guard.ts";
import { type Ending, watch } from "./watch.ts";

const interrupt = new AbortController();

// Ctrl-C reaches every process of a terminal; the parent decides.
process.on("SIGINT", () => {});
// Nobody is left to report to, and a thread that never returns would stay.
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
  // The parent may be gone at any time: then this process is, too.
  if (process.connected) process.send?.(message, () => {});
}
