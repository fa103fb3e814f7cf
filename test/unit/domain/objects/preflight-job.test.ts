import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { preflightJob, preflightName } from "../../../../src/domain/objects/preflight-job.ts";
import { isOwnedBy } from "../../../../src/domain/objects/tenant-objects.ts";
import { OWNER, PLATFORM } from "../../../fixtures/tenant.ts";

const ATTEMPT = "acme-17.2.3-20261124T020000Z";

describe("the preflight of an attempt", () => {
  const digest = `sha256:${"b".repeat(64)}`;
  const job = preflightJob({ owner: OWNER, attempt: ATTEMPT, version: "17.2.3", digest, platform: PLATFORM });

  it("pulls the new image by its digest and lets it check the tenant's configuration", () => {
    const container = { image: `registry.example/teleport:17.2.3@${digest}`, args: ["configure", "--test", "/etc/teleport/teleport.yaml"] };
    expect(job).toMatchObject({ metadata: { namespace: "tenant-acme" }, spec: { template: { spec: { containers: [container], volumes: [{ configMap: { name: "auth-config" } }] } } } });
  });

  it("has what pods show their metrics with, where they do: it does not start without, as they would not", () => {
    const { spec } = preflightJob({ owner: OWNER, attempt: ATTEMPT, version: "17.2.3", platform: PLATFORM, metrics: "metrics-tls" }) as unknown as { spec: { template: { spec: { containers: readonly object[]; volumes: readonly object[] } } } }; // as rendered
    expect(spec.template.spec.containers[0]).toMatchObject({ args: ["configure", "--test", "/etc/teleport/teleport-metrics.yaml"], volumeMounts: [{ name: "config" }, { name: "metrics", mountPath: "/etc/teleport-metrics" }] });
    expect(spec.template.spec.volumes[1]).toMatchObject({ projected: { sources: [{ secret: { name: "metrics-tls" } }, { configMap: { name: "metrics-clients" } }] } });
  });

  it("is the tenant's, has no rights, and ends by itself", () => {
    expect(isOwnedBy(job.metadata.labels, OWNER)).toBe(true);
    expect(job).toMatchObject({ spec: { activeDeadlineSeconds: 900, backoffLimit: 1, template: { spec: { restartPolicy: "Never", automountServiceAccountToken: false } } } });
  });
});

describe("the name of a preflight", () => {
  it.each([
    ["leaves out the tenant, which the namespace says", ATTEMPT, "preflight-17-2-3-20261124t020000z"],
    ["keeps an id that does not begin with the tenant", "other-17.2.3", "preflight-other-17-2-3"],
  ])("%s", (_why, attempt, expected) => {
    expect(preflightName(attempt, "acme")).toBe(expected);
  });

  it("is one that Kubernetes takes, of each attempt its own", () => {
    const attempts = fc.record({ version: fc.array(fc.nat(999), { minLength: 3, maxLength: 3 }), second: fc.integer({ min: 10, max: 59 }) });
    fc.assert(
      fc.property(attempts, attempts, (a, b) => {
        const nameOf = ({ version, second }: typeof a) => preflightName(`acme-${version.join(".")}-20261124T0200${second}Z`, "acme");
        expect(nameOf(a)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(nameOf(a) === nameOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 1000 },
    );
  });
});
