/** `NODE_OPTIONS`: how a preload gets into every process of Node.js or Deno that a command starts; Bun has `BUN_OPTIONS`. */

/**
 * What both variables are to be, with a module to preload in front of what is there: what the program itself preloads
 * is to find
 * everything in place.
 *
 * @param env what they are
 * @param path of a CommonJS file
 */
export function preloadVariables(
  env: Readonly<Record<string, string | undefined>>,
  path: string,
): { NODE_OPTIONS: string; BUN_OPTIONS: string } {
  return {
    NODE_OPTIONS: withPreload(env.NODE_OPTIONS, path),
    // As one word, since Bun would take the second one for its command.
    BUN_OPTIONS: withOption(env.BUN_OPTIONS, quoted(`--preload=${path}`)),
  };
}

/** `NODE_OPTIONS` alone. @param options what is in the variable; undefined if it is not set */
export function withPreload(options: string | undefined, path: string): string {
  return withOption(options, `--require ${quoted(path)}`);
}

function withOption(options: string | undefined, option: string): string {
  if (options?.includes(option)) return options;
  return options?.trim() ? `${option} ${options}` : option;
}

/** Text in which several options would be seen is quoted as Node.js wants it, and Bun. */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"` : text;
}
