/** A remark about the hooks of a compiler that had instrumented a module. */

import type { AdoptedHook } from "./adoption.ts";

/** The remark in one line; undefined if there is nothing to report. */
export function adoptionRemark(hooks: readonly AdoptedHook[]): string | undefined {
  const called = hooks.filter(({ calls }) => calls > 0);
  if (called.length === 0) return undefined;
  const sites = called.filter((hook) => hook.sites > 0);
  const others = called.reduce((sum, hook) => sum + hook.calls - hook.sites, 0);
  const kinds = sites.map((hook) => `${shortName(hook.name)} ${hook.sites}`).join(", ");
  const rest = others === 0 ? "" : `; ${count(others, "other call", "goes", "go")} away`;
  const total = sites.reduce((sum, hook) => sum + hook.sites, 0);
  const adopted = kinds === "" ? "no call is a site" : `${count(total, "call", "is a site", "are sites")} (${kinds})`;
  return `a compiler has instrumented it: of its hooks ${adopted}${rest}`;
}

function count(number: number, noun: string, one: string, several: string): string {
  return number === 1 ? `1 ${noun} ${one}` : `${number} ${noun}s ${several}`;
}

function shortName(name: string): string {
  return name.replace(/^__sanitizer_cov_/, "");
}
