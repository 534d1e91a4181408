/** The release build of the hooks as text: a change of their code shows in review. `npm run test:update` accepts it. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("hooks.wat is as expected", async () => {
  const text = readFileSync(new URL("../../build/hooks.wat", import.meta.url), "utf8");
  await expect(text).toMatchFileSnapshot("./hooks.expected.wat");
});
