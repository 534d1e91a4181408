/** `NODE_OPTIONS`: how a preload gets into every process of Node.js that a command starts. */

/**
 * Adds a module to preload, in front of what is there: what the program itself preloads is to find everything in place.
 * Text in which Node.js would see several options is quoted as it wants it.
 *
 * @param options what is in the variable; undefined if it is not set
 * @param path of a CommonJS file
 */
export function withPreload(options: string | undefined, path: string): string {
  const preload = `--require ${/[\s"\\]/.test(path) ? quote(path) : path}`;
  if (options?.includes(preload)) return options;
  return options?.trim() ? `${preload} ${options}` : preload;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
