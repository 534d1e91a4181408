/**
 * Signals that a script sends to its own process. The system delivers them some time later: the sending thread waits
 * for that, so that no other input runs meanwhile and gets the blame.
 */

/** Milliseconds after which a signal is assumed to be handled by somebody. */
const PATIENCE = 3000;
/** Signals that do not end the process even if nobody handles them. */
const HARMLESS: readonly unknown[] = [0, "SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGINT", "SIGINFO"];

/** Makes `process.kill` wait, until the result is disposed of. */
export function waitForOwnSignals(): Disposable {
  const { kill } = process;
  const wait = new Int32Array(new SharedArrayBuffer(4));
  process.kill = (pid, signal) => {
    const sent = kill.call(process, pid, signal);
    const isOwn = pid === process.pid || pid === 0 || pid === -process.pid;
    if (isOwn && !HARMLESS.includes(signal)) Atomics.wait(wait, 0, 0, PATIENCE);
    return sent;
  };
  return {
    [Symbol.dispose]: () => {
      process.kill = kill;
    },
  };
}
