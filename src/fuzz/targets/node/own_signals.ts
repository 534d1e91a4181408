/**
 * Signals that a script sends to its own process. They are delivered when the system comes to it: the thread that sent one
 * waits for that, so that no other input runs meanwhile and is taken for the reason.
 */

/** Milliseconds until a signal is taken for one that somebody handles. */
const PATIENCE = 3000;
/** Signals that end no process, if nobody handles them. */
const HARMLESS: readonly unknown[] = [0, "SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGINT", "SIGINFO"];

/** Makes `process.kill` wait, until it is disposed of. */
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
