export default { test: { include: ["*.vitest.mjs"], cache: false } };
