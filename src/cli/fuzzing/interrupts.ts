/** Handles Ctrl-C. */

/** A signal that is aborted by the first Ctrl-C; the second one ends the process as usual. */
export function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
