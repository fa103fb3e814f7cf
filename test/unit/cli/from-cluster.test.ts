import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clusterOf, kubeconfigOf } from "./cluster.ts";
import { refusalOf, run } from "./run.ts";

const LIVED = join(import.meta.dirname, "../../fixtures/lived/fleet.yaml");
const { items } = parse(readFileSync(LIVED, "utf8")) as { readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[] }; // a fixture of ours
describe("against a cluster", () => {
  it.each([
    { args: ["plan"] },
    { args: ["plan", "stable", "--at", "2026-11-24T03:00:00Z", "-o", "json"] },
    { args: ["history", "--failed"] },
    { args: ["history", "globex", "-o", "yaml"] },
    { args: ["why", "acme", "--at", "2026-11-10T02:05:00Z"] },
    { args: ["why", "acme", "--at", "2026-11-30T12:00:00Z"] },
  ])("slacktide $args says the same as of what kubectl prints", async ({ args }) => {
    await using cluster = await clusterOf(items);
    const live = await run([...args, "--kubeconfig", kubeconfigOf(cluster)]);
    expect(live).toEqual(await run([...args, "-f", LIVED]));
    expect(live.code).toBe(0);
  });

  it("reads no more than one tenant where one is asked about, and what has gone by", async () => {
    await using cluster = await clusterOf(items);
    await run(["why", "acme", "--at", "2026-11-10T02:05:00Z", "--kubeconfig", kubeconfigOf(cluster)]);
    await run(["history", "acme", "--kubeconfig", kubeconfigOf(cluster)]);
    expect(cluster.seen.map(({ url }) => url.pathname)).toEqual(Array.from({ length: 2 }, () => "/apis/slacktide.dev/v1alpha1/tenants/acme"));
  });

  it.each([
    { args: ["history", "nobody"], message: 'there is no Tenant "nobody" in the cluster' },
    { args: ["why", "nobody", "--at", "2026-12-01T00:00:00Z"], message: 'there is no Tenant "nobody" in the cluster' },
    { args: ["plan", "beta"], message: 'there is no ReleaseChannel "beta", but: stable' },
  ])("refuses $args in one line", async ({ args, message }) => {
    await using cluster = await clusterOf(items);
    expect(await refusalOf([...args, "--kubeconfig", kubeconfigOf(cluster)])).toContain(message);
  });
});
