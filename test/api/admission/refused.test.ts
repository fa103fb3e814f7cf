import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { badManifests } from "./manifests.ts";

const CRDS = join(import.meta.dirname, "../../../crds");
const REFUSED = badManifests("refused");
const LATER = [...badManifests("stalled"), ...badManifests("held")];
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ profile: "light", log: () => undefined });
  await cluster.kubectl(["create", "-f", CRDS]);
  await cluster.kubectl(["wait", "--for=condition=Established", "-f", CRDS, "--timeout=30s"]);
});

afterAll(() => cluster.stop());

const apply = (path: string) => cluster.kubectl(["apply", "--dry-run=server", "-f", path]).then(
  () => "accepted",
  (error: unknown) => String(error),
);

describe("a bad manifest is refused by kubectl apply, with field and remedy", () => {
  test("there are enough of them", () => {
    expect(REFUSED.length).toBeGreaterThanOrEqual(22);
  });

  test.each(REFUSED)("$file: $about", async ({ path, field, says }) => {
    const answer = await apply(path);
    expect(answer).toContain(field);
    expect(answer).toContain(says);
  });
});

describe("a sound manifest is accepted", () => {
  const root = join(import.meta.dirname, "../../..");

  test.each(["examples/fleet", "test/api/admission/world.yaml"])("%s", async (path) => {
    expect(await apply(join(root, path))).toBe("accepted");
  });

  test("and so is every bad manifest that only the operator can judge", async () => {
    const answers: string[] = [];
    for (const { path } of LATER) answers.push(await apply(path));
    expect(answers).toEqual(LATER.map(() => "accepted"));
  });
});
