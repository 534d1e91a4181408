import { configDefaults, defineConfig } from "vitest/config";
import { LONG, LONG_ONCE } from "./test/long.ts";

const limits = { testTimeout: 180_000, hookTimeout: 180_000, maxConcurrency: 2 };

export default defineConfig({
  test: {
    globalSetup: ["test/global_setup.ts"],
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...LONG, ...LONG_ONCE],
        },
      },
      { test: { ...limits, name: "long", include: [...LONG] } },
      { test: { ...limits, name: "long, on one Node.js", include: [...LONG_ONCE] } },
    ],
  },
});
