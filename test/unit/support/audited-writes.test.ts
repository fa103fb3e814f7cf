import { describe, expect, test } from "vitest";
import { RELEASE } from "../../support/chart.ts";
import type { AuditEvent } from "../../support/audit.ts";
import { auditedWrites } from "../../support/audited-writes.ts";

const HOUR = 3_600_000;

interface Logged {
  readonly verb?: string;
  readonly name?: string;
  /** Of the answer; undefined: it is no object. */
  readonly revision?: number;
  /** Asked and answered, in microseconds of one second. */
  readonly between: readonly [asked: number, answered: number];
  readonly user?: string;
  readonly query?: string;
  readonly subresource?: string;
  readonly code?: number;
}

const instant = (micros: number) => `2026-11-24T04:00:00.${String(micros).padStart(6, "0")}Z`;

function logged({ verb = "patch", name = "acme", revision, between, user = RELEASE.user, query = "", subresource, code = 200 }: Logged): AuditEvent {
  const metadata = { name, resourceVersion: String(revision) };
  return {
    auditID: "",
    stage: "ResponseComplete",
    verb,
    requestURI: `/apis/slacktide.dev/v1alpha1/tenants/${name}${query}`,
    user: { username: user },
    objectRef: { resource: "tenants", name, ...(subresource !== undefined && { subresource }) },
    responseStatus: { code },
    responseObject: revision === undefined ? { kind: "Status", metadata: {} } : { kind: "Tenant", metadata },
    requestReceivedTimestamp: instant(between[0]),
    stageTimestamp: instant(between[1]),
  };
}

const told = (...events: readonly Logged[]) =>
  auditedWrites(events.map(logged), (real) => real + HOUR).map(({ by, kind, key, before, after }) => `${by} ${kind}/${key} ${before?.metadata.resourceVersion ?? "-"} ${after?.metadata.resourceVersion ?? "-"}`);

describe("the writes of an audit log", () => {
  test("come in the order of etcd, each with what was there before it", () => {
    const writes = told({ revision: 7, between: [100, 400] }, { revision: 9, between: [150, 300], user: "alice" }, { revision: 8, name: "globex", between: [160, 310] }, { revision: 12, between: [500, 600] });
    expect(writes).toEqual(["operator Tenant/acme - 7", "operator Tenant/globex - 8", "user Tenant/acme 7 9", "operator Tenant/acme 9 12"]);
  });

  test("have rehearsed times", () => {
    expect(auditedWrites([logged({ revision: 7, between: [0, 100] })], (real) => real + HOUR).map(({ at }) => at)).toEqual([Date.parse("2026-11-24T05:00:00Z")]);
  });

  test("leave out what changed nothing, though its answer names a revision", () => {
    expect(told({ revision: 7, between: [100, 200] }, { revision: 9, name: "globex", between: [300, 400] }, { revision: 7, between: [500, 600] })).toEqual(["operator Tenant/acme - 7", "operator Tenant/globex - 9"]);
  });

  test("leave out what was refused, tried, or is no object", () => {
    expect(told({ revision: 7, between: [0, 1], code: 403 }, { revision: 8, between: [2, 3], query: "?dryRun=All" }, { between: [4, 5], verb: "create" }, { revision: 9, between: [6, 7], subresource: "token" })).toEqual([]);
  });

  test("take a status as a write to its object", () => {
    expect(told({ revision: 7, between: [0, 1] }, { revision: 8, between: [2, 3], subresource: "status" })).toEqual(["operator Tenant/acme - 7", "operator Tenant/acme 7 8"]);
  });

  test("end with an object's deletion, and begin anew", () => {
    expect(told({ revision: 7, between: [0, 1] }, { between: [2, 3], verb: "delete", user: "alice" }, { revision: 9, between: [4, 5] })).toEqual(["operator Tenant/acme - 7", "user Tenant/acme 7 -", "operator Tenant/acme - 9"]);
  });
});
