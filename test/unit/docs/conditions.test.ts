import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
/** A reason written as a literal: of a condition, of a problem that makes one Stalled, of an Event. */
const REASON = /reason(?:: | = |\?: )"([A-Z][A-Za-z]+)"/g;
/** Of no object: how errors of the API server are told apart. */
const OF_ERRORS = new Set(["Conflict", "Told"]);

it("docs/conditions.md knows every reason", () => {
  const page = readFileSync(join(ROOT, "docs/conditions.md"), "utf8");
  const sources = globSync("src/{domain,reconcile}/**/*.ts", { cwd: ROOT }).concat("src/operator.ts", "src/instance.ts").map((file) => readFileSync(join(ROOT, file), "utf8"));
  const reasons = new Set(sources.flatMap((text) => [...text.matchAll(REASON)].map(([, reason = ""]) => reason)).filter((reason) => !OF_ERRORS.has(reason)));
  expect(reasons.size).toBeGreaterThan(40);
  expect([...reasons].filter((reason) => !page.includes(`\`${reason}\``)).sort()).toEqual([]);
});
