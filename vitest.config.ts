import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], timeoutSeconds: number) => ({
  test: { name, include, testTimeout: timeoutSeconds * 1000, hookTimeout: timeoutSeconds * 1000 },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/unit/**/*.test.ts"], 60),
      project("cluster", ["test/cluster/**/*.test.ts"], 300),
      // These need a local cluster; each file starts or shares one (test/support/cluster.ts).
      project("api", ["test/api/**/*.test.ts"], 120),
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
