import { describe, expect, it } from "vitest";
import { awsNames } from "../../../../src/domain/objects/aws/names.ts";
import { storagePolicy, trustPolicy } from "../../../../src/domain/objects/aws/policy.ts";
import { pointsObject } from "../../../../src/domain/objects/aws/restore-points.ts";
import { storageObjects, type StorageInput } from "../../../../src/domain/objects/aws/storage-objects.ts";
import { teleportStorage } from "../../../../src/domain/objects/aws/teleport-storage.ts";
import type { RestorePoint } from "../../../../src/domain/backup/restore-point.ts";
import { DAY } from "../../../../src/domain/time.ts";
import { specAs } from "../../../../src/reconcile/shapes.ts";
import { AWS, EXTERNAL } from "../../../fixtures/ack.ts";
import { tenantSpec } from "../../../fixtures/tenant.ts";
import { at } from "../../../fixtures/time.ts";

const OWNER = { name: "acme", uid: "5b1f0c9e-3a52-4f7b-9c1d-8e2a4b6c0d1f" };
const ON_AWS = tenantSpec({ storage: { type: "AWS" } });
const OUTSIDE = tenantSpec({ storage: { type: "AWS", externalAudit: EXTERNAL } });
const BASE = "slacktide-acme-8e2a4b6c0d1f";

const input = (more: Partial<StorageInput> = {}): StorageInput => ({ owner: OWNER, spec: ON_AWS, aws: AWS, ...more });
const named = (objects: ReturnType<typeof storageObjects>) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const specOf = (kind: string, more: Partial<StorageInput> = {}) => specAs<Record<string, unknown>>({ spec: storageObjects(input(more)).find((object) => `${object.kind} ${object.metadata.name}` === kind)?.["spec"] });
const annotationsOf = (more: Partial<StorageInput> = {}) => storageObjects(input(more)).map(({ kind, metadata }) => [kind, metadata.annotations?.["services.k8s.aws/deletion-policy"]]);

describe("what a tenant has in AWS", () => {
  it("has names that no other tenant has, nor a later one of its name", () => {
    expect(awsNames(OWNER)).toEqual({ backend: BASE, audit: `${BASE}-audit`, bucket: BASE, role: BASE, restoreRole: "slacktide-8e2a4b6c0d1f-restore" });
    const later = awsNames({ ...OWNER, uid: "5b1f0c9e-3a52-4f7b-9c1d-000000000000" });
    expect(Object.values(later).filter((name) => Object.values(awsNames(OWNER)).includes(name))).toEqual([]);
  });

  it("has names that fit: a bucket's are at most 63 characters long", () => {
    const { bucket, role } = awsNames({ ...OWNER, name: "a".repeat(40) });
    expect([bucket.length, role.length]).toEqual([63, 63]);
    expect(bucket).toMatch(/^[a-z0-9][a-z0-9-]+[a-z0-9]$/);
  });

  it("is two tables, a bucket and a role; with a bucket of the customer's own no other", () => {
    expect(named(storageObjects(input()))).toEqual(["Role auth", "Table backend", "Table audit", "Bucket recordings"]);
    expect(named(storageObjects(input({ spec: OUTSIDE })))).toEqual(["Role auth", "Table backend", "Table audit"]);
  });

  it("can be brought back to any instant, is encrypted, and outlives its objects", () => {
    for (const table of ["Table backend", "Table audit"]) {
      expect(specOf(table)).toMatchObject({ continuousBackups: { pointInTimeRecoveryEnabled: true }, deletionProtectionEnabled: true, sseSpecification: { enabled: true }, timeToLive: { attributeName: "Expires", enabled: true } });
    }
    expect(specOf("Bucket recordings")).toMatchObject({ encryption: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }, versioning: { status: "Enabled" }, publicAccessBlock: { restrictPublicBuckets: true } });
    expect(annotationsOf()).toEqual([["Role", undefined], ["Table", "retain"], ["Table", "retain"], ["Bucket", "retain"]]);
  });

  it("goes from AWS with its objects once it is let go, and the bucket empties itself", () => {
    expect(annotationsOf({ isReleased: true })).toEqual([["Role", undefined], ["Table", "delete"], ["Table", "delete"], ["Bucket", "delete"]]);
    expect(specOf("Table audit", { isReleased: true })).toMatchObject({ deletionProtectionEnabled: false });
    expect(specOf("Bucket recordings", { isReleased: true })).toMatchObject({ lifecycle: { rules: [{ status: "Enabled", expiration: { days: 1 }, noncurrentVersionExpiration: { noncurrentDays: 1 } }, { expiration: { expiredObjectDeleteMarker: true } }] } });
    expect(JSON.stringify(specOf("Bucket recordings"))).not.toContain("expiration");
  });

  it("names the region of a bucket, but for the one that S3 takes for granted", () => {
    expect(specOf("Bucket recordings")).toMatchObject({ createBucketConfiguration: { locationConstraint: "us-west-2" } });
    expect(specOf("Bucket recordings", { spec: { ...ON_AWS, region: "us-east-1" } })).not.toHaveProperty("createBucketConfiguration");
  });

  it("records the version of the data once there is one, and keeps the platform's boundary", () => {
    expect(storageObjects(input({ version: "17.2.1" }))[1]?.metadata.annotations).toMatchObject({ "slacktide.dev/version": "17.2.1" });
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/tenants";
    expect(specOf("Role auth", { aws: { ...AWS, permissionsBoundary } })).toMatchObject({ permissionsBoundary });
  });
});

describe("the role of Auth", () => {
  const policy = (spec = ON_AWS) => storagePolicy({ owner: OWNER, spec, aws: AWS });
  const resourcesIn = (text: string) => [...new Set(text.match(/"arn:[^"]+"/g))].sort();

  it("is taken on by the ServiceAccount of this tenant's Auth alone", () => {
    expect(JSON.parse(trustPolicy({ owner: OWNER, spec: ON_AWS, aws: AWS }))).toMatchObject({
      Statement: [{
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${AWS.oidcProvider}` },
        Condition: { StringEquals: { [`${AWS.oidcProvider}:sub`]: "system:serviceaccount:tenant-acme:auth", [`${AWS.oidcProvider}:aud`]: "sts.amazonaws.com" } },
      }],
    });
  });

  it("reaches its own tables and its own bucket, and nothing else", () => {
    const table = `"arn:aws:dynamodb:us-west-2:123456789012:table/${BASE}`;
    expect(resourcesIn(policy())).toEqual([`${table}"`, `${table}-audit"`, `${table}-audit/index/*"`, `${table}/stream/*"`, `"arn:aws:s3:::${BASE}"`, `"arn:aws:s3:::${BASE}/*"`].sort());
  });

  it("reaches the customer's bucket below its prefix alone, and no bucket of the provider's then", () => {
    const s3 = (spec: typeof ON_AWS) => resourcesIn(policy(spec)).filter((arn) => arn.includes(":s3:"));
    expect(s3(OUTSIDE)).toEqual(['"arn:aws:s3:::acme-recordings"', '"arn:aws:s3:::acme-recordings/teleport/prod/*"']);
    const { prefix: _none, ...atTop } = EXTERNAL;
    expect(s3(tenantSpec({ storage: { type: "AWS", externalAudit: atTop } }))).toEqual(['"arn:aws:s3:::acme-recordings"', '"arn:aws:s3:::acme-recordings/*"']);
  });

  it("lets nobody name a bucket of the provider's as the customer's", () => {
    const conditioned = (spec: typeof ON_AWS) => (policy(spec).match(/"Condition":\{"StringNotEquals":\{"aws:ResourceAccount":"123456789012"\}\}/g) ?? []).length;
    expect([conditioned(OUTSIDE), conditioned(ON_AWS)]).toEqual([2, 0]);
  });

  it("ends no backup, deletes no table and no recording", () => {
    for (const spec of [ON_AWS, OUTSIDE]) expect(policy(spec)).not.toMatch(/DeleteTable|UpdateTable|UpdateContinuousBackups|CreateTable|s3:Delete|PutBucket|:\*"/);
  });
});

describe("what Teleport is told of its storage", () => {
  it("is the tenant's own tables and bucket, with a year of audit log", () => {
    expect(teleportStorage(OWNER, ON_AWS)).toEqual({
      type: "dynamodb",
      region: "us-west-2",
      table_name: BASE,
      audit_events_uri: [`dynamodb://${BASE}-audit`],
      audit_sessions_uri: `s3://${BASE}?region=us-west-2`,
      audit_retention_period: "8760h",
    });
    expect(teleportStorage(OWNER, tenantSpec())).toEqual({ type: "sqlite" });
  });

  it("is the customer's bucket for recordings, where there is one", () => {
    expect(teleportStorage(OWNER, OUTSIDE)).toMatchObject({ audit_sessions_uri: "s3://acme-recordings/teleport/prod?region=eu-central-1" });
    const { prefix: _none, ...atTop } = EXTERNAL;
    expect(teleportStorage(OWNER, tenantSpec({ storage: { type: "AWS", externalAudit: atTop } }))).toMatchObject({ audit_sessions_uri: "s3://acme-recordings?region=eu-central-1" });
  });
});

describe("the list of restore points", () => {
  const now = at("2026-11-24T02:05:00Z");
  const point = (days: number): RestorePoint => ({ name: `restore-${days}`, uid: "u", kind: "PointInTime", progress: "Confirmed", version: "17.2.1", attempt: `a-${days}`, takenAt: now - days * DAY });
  const data = (known: readonly RestorePoint[]) => Object.keys(specAs<Record<string, string>>({ spec: pointsObject(OWNER, known, { now, version: "18.1.0", attempt: "acme-new" })["data"] }));

  it("gets a new one, and loses those that are older than tables can be brought back to", () => {
    expect(data([point(34), point(35), point(1)])).toEqual(["restore-1", "restore-34", "restore-20261124t020500z"]);
  });

  it("keeps ten at most, the newest", () => {
    expect(data(Array.from({ length: 12 }, (_each, n) => point(n + 1)))).toEqual([...Array.from({ length: 9 }, (_each, n) => `restore-${n + 1}`), "restore-20261124t020500z"]);
  });
});
