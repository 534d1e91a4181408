/** `NODE_OPTIONS`: gets a preload into every Node.js or Deno process that a command starts; Bun has `BUN_OPTIONS`. */

/**
 * New values of both variables, with a module to preload before what they contain: what the program itself preloads
 * should find everything in place.
 *
 * @param env their current values
 * @param path path of a CommonJS file
 */
export function preloadVariables(
  env: Readonly<Record<string, string | undefined>>,
  path: string,
): { NODE_OPTIONS: string; BUN_OPTIONS: string } {
  return {
    NODE_OPTIONS: withPreload(env.NODE_OPTIONS, path),
    // As one word, because Bun would take a second one for its command.
    BUN_OPTIONS: withOption(env.BUN_OPTIONS, quoted(`--preload=${path}`)),
  };
}

/** A new value for `NODE_OPTIONS` alone. @param options the current value; undefined if it is not set */
export function withPreload(options: string | undefined, path: string): string {
  return withOption(options, `--require ${quoted(path)}`);
}

function withOption(options: string | undefined, option: string): string {
  if (options?.includes(option)) return options;
  return options?.trim() ? `${option} ${options}` : option;
}

/** Quotes text that would be split into several options, as Node.js and Bun expect it. */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"` : text;
}
