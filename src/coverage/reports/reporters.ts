/** Reporters by their names. Apart from what they need, which takes a while to load, so that a command line can list them. */

import type { ReportOptions } from "istanbul-reports";

/** Reporters that there are. */
export const REPORTERS = [
  ...["text", "text-summary", "text-lcov", "html", "html-spa", "lcov", "lcovonly"],
  ...["cobertura", "clover", "json", "json-summary", "teamcity", "none"],
] as readonly (keyof ReportOptions)[];
