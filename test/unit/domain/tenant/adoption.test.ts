import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import { awsNames } from "../../../../src/domain/objects/aws/names.ts";
import { firstUid, ownerLabels, ownsUid } from "../../../../src/domain/objects/names.ts";
import { isInherited, notOurs, nothingToAdopt, ownerIn, relabelled } from "../../../../src/domain/tenant/adoption.ts";

const tenant = (adopt?: string) => ({ metadata: { name: "acme", uid: "new", annotations: adopt === undefined ? {} : { [ANNOTATION.adopt]: adopt } } });
const namespace = (uid: string | undefined, { name = "acme", former = "", leaves = false } = {}) => ({
  metadata: {
    name: "tenant-acme",
    labels: { [LABEL.tenant]: name, ...(uid !== undefined && { [LABEL.tenantUid]: uid }) },
    annotations: { [ANNOTATION.formerUids]: former },
    ...(leaves && { deletionTimestamp: "2026-11-24T02:05:00Z" }),
  },
});
const OWN = { name: "acme", uid: "new" };

describe("whose objects a tenant takes for its own", () => {
  it.each([
    ["its own alone", undefined, namespace("new"), OWN],
    ["its own alone where there is nothing yet", undefined, undefined, OWN],
    ["what it is told to where there is nothing yet", "old", undefined, { ...OWN, adopts: "old" }],
    ["its own alone where its own uid is all it is told", "new", undefined, OWN],
    ["its own alone where nothing is said", " ", namespace("old"), OWN],
    ["not an earlier Tenant's unless told to", undefined, namespace("old"), OWN],
    ["not those of another uid than it is told", "other", namespace("old"), OWN],
    ["not another name's", "old", namespace("old", { name: "globex" }), OWN],
    ["not what says no uid", "old", namespace(undefined), OWN],
    ["not what is being deleted", "old", namespace("old", { leaves: true }), OWN],
    ["an earlier Tenant's as told", "old", namespace("old"), { ...OWN, formerUids: ["old"] }],
    ["all that the earlier Tenant had taken over itself", "old", namespace("old", { former: "first,second" }), { ...OWN, formerUids: ["first", "second", "old"] }],
    ["what it has taken over before, told or not", undefined, namespace("new", { former: "first,old" }), { ...OWN, formerUids: ["first", "old"] }],
    ["besides what turns up late", "late", namespace("new", { former: "first,new" }), { ...OWN, formerUids: ["first"], adopts: "late" }],
  ])("%s", (_what, adopt, held, expected) => {
    expect(ownerIn(tenant(adopt), held)).toEqual(expected);
  });

  it("are bounded, and the first stays", () => {
    const former = Array.from({ length: 40 }, (_, n) => `uid-${n}`);
    const { formerUids = [] } = ownerIn(tenant("old"), namespace("old", { former: former.join(",") }));
    expect([formerUids.length, formerUids[0], formerUids.at(-1)]).toEqual([20, "uid-0", "old"]);
  });

  it("are told by uid", () => {
    const owner = { ...OWN, formerUids: ["first", "old"], adopts: "late" };
    expect(["new", "first", "old", "late", "other", undefined].map((uid) => ownsUid(owner, uid))).toEqual([true, true, true, true, false, false]);
    expect([isInherited(namespace("old"), owner), isInherited(namespace("new"), owner)]).toEqual([true, false]);
  });
});

it("what cannot be renamed goes by the first uid", () => {
  const owner = { ...OWN, uid: "00000000-0000-4000-8000-000000000002", formerUids: ["00000000-0000-4000-8000-000000000001"] };
  expect(awsNames(owner).bucket).toBe("slacktide-acme-000000000001");
  expect([firstUid(OWN), firstUid(owner)]).toEqual(["new", "00000000-0000-4000-8000-000000000001"]);
});

describe("an object in the way", () => {
  it.each([
    ["of an earlier Tenant of the name", "Namespace", namespace("old"), undefined, 'Namespace "tenant-acme" belongs to an earlier Tenant acme (uid old) and holds its data: do not delete it. To take it over: kubectl annotate tenant acme slacktide.dev/adopt=old'],
    ["of another kind", "ClusterRoleBinding", namespace("old"), undefined, 'ClusterRoleBinding "tenant-acme" belongs to an earlier Tenant acme (uid old). To take it over: kubectl annotate tenant acme slacktide.dev/adopt=old'],
    ["of another uid than is named", "Namespace", namespace("old"), "other", "slacktide.dev/adopt names another uid, other. To take it over: kubectl annotate tenant acme --overwrite slacktide.dev/adopt=old"],
    ["that cannot be taken over now", "Namespace", namespace("old"), "old", "It is not taken over while it is being deleted, nor while a Tenant with that uid is there"],
    ["of another tenant", "Namespace", namespace("old", { name: "globex" }), "old", 'Namespace "tenant-acme" exists already and is not this tenant\'s: remove it, or rename the tenant'],
    ["of nobody", "Namespace", namespace(undefined), "old", 'Namespace "tenant-acme" exists already and is not this tenant\'s: remove it, or rename the tenant'],
  ])("%s is told of", (_what, kind, { metadata }, adopt, message) => {
    expect(notOurs(kind, metadata, tenant(adopt))).toEqual({ reason: "ObjectNotOurs", message: expect.stringContaining(message) });
  });
});

it("nothing to take over is a problem only for whoever is to", () => {
  expect(nothingToAdopt(tenant())).toEqual([]);
  expect(nothingToAdopt(tenant("old"))).toMatchObject([{ reason: "NothingToAdopt", message: expect.stringContaining('names old, and there is no namespace "tenant-acme"') }]);
});

it("what is made once is what it was, but for whose it is", () => {
  const metadata = { name: "auth-data", namespace: "tenant-acme", uid: "u", labels: { ...ownerLabels({ name: "acme", uid: "old" }), theirs: "1" }, annotations: { [ANNOTATION.takenAt]: "t", [ANNOTATION.applied]: "hash", [ANNOTATION.confirmDelete]: "u", "pv.kubernetes.io/bind-completed": "yes" } };
  expect(relabelled("PersistentVolumeClaim", { apiVersion: "v1", metadata, spec: { volumeName: "pv" } }, OWN)).toEqual({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "auth-data", namespace: "tenant-acme", labels: { ...ownerLabels(OWN), theirs: "1" }, annotations: { [ANNOTATION.takenAt]: "t" } },
    spec: { volumeName: "pv" },
  });
  expect(relabelled("ConfigMap", { apiVersion: "v1", metadata: { name: "x" }, data: { a: "b" } }, OWN)).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", labels: ownerLabels(OWN) }, data: { a: "b" } });
});
