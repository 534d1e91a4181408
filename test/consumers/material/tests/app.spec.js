import { expect } from "@playwright/test";
import { test } from "./fixtures.js";

test("adds up", async ({ page }) => {
  await page.goto("/");
  await expect(page.locator("#sum")).toHaveText("8492", { timeout: 60_000 });
});
