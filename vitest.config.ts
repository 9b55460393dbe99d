import { defineConfig } from "vitest/config";

const daprd = "test/daprd/**/*.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        // Real processes on two cores: the limits are there for hangs, not for speed.
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [daprd],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "daprd",
          include: [daprd],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
