/** Modules that are streamed: they are received completely first, since the pass needs the whole module. */

import { Later, type Loaded } from "./modules.ts";

/**
 * Receives a module as streaming compilation would.
 *
 * @param load receives the module, and the URL from which it came
 * @returns a response for the engine to compile: one with the transformed module; or the program's own, if the engine
 *   will refuse it (another type, a bad status, a body that was used), or if it is not to be changed
 */
export async function receive(
  source: unknown,
  load: (bytes: Uint8Array<ArrayBuffer>, url: string) => Loaded | Later | undefined,
): Promise<{ response: unknown; loaded: Loaded | undefined }> {
  const response = await source;
  if (!(response instanceof Response) || !isAcceptable(response)) return { response, loaded: undefined };
  const bytes = new Uint8Array(await response.arrayBuffer());
  const found = load(bytes, response.url);
  const loaded = found instanceof Later ? await found.loaded : found;
  const { status, statusText, headers, url } = response;
  const copy = new Response(loaded?.binary ?? bytes, { status, statusText, headers });
  // The engine names the module by this URL in stacks.
  Object.defineProperty(copy, "url", { value: url });
  return { response: copy, loaded };
}

function isAcceptable(response: Response): boolean {
  const type = response.headers.get("content-type")?.trim().toLowerCase();
  return type === "application/wasm" && response.ok && !response.bodyUsed;
}
