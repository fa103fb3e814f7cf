import { defineConfig } from "vitest/config";

/** Files of a project that needs a cluster run one after the other: two control planes and their pods fill two cores. */
const project = (name: string, include: string[], timeoutSeconds: number) => ({
  test: { name, include, testTimeout: timeoutSeconds * 1000, hookTimeout: timeoutSeconds * 1000, fileParallelism: name === "unit" },
});

export default defineConfig({
  test: {
    // One a core; by default one core would be left idle, which of two is half of them.
    maxWorkers: "100%",
    projects: [
      project("unit", ["test/unit/**/*.test.ts"], 240),
      project("cluster", ["test/cluster/**/*.test.ts"], 300),
      // These need a local cluster; each file starts or shares one (test/support/cluster.ts).
      project("api", ["test/api/**/*.test.ts", "test/sim/conformance/*.test.ts"], 120),
      project("sim", ["test/sim/*.test.ts", "test/stories/*.test.ts"], 120),
      project("fault", ["test/fault/*.test.ts"], 600),
      project("package", ["test/package/**/*.test.ts"], 300),
      project("e2e", ["test/e2e/**/*.test.ts"], 600),
    ],
    coverage: {
      provider: "v8",
      include: ["src/domain/**"],
      reporter: ["text"],
      thresholds: { branches: 95 },
    },
  },
});
