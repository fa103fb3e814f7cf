import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import { claimName, claimObject, claimOf, quarantineEndsAt, type Claim } from "../../../../src/domain/ports/claim.ts";
import { blockOf, decidePorts, formerClaims, type PortsSeen } from "../../../../src/domain/ports/decide-ports.ts";
import { OWNER } from "../../../fixtures/tenant.ts";
import { at } from "../../../fixtures/time.ts";

const block = (first: number, address = "203.0.113.7") => ({ address, first });
const claim = (first: number, more: Partial<Claim> = {}): Claim => ({ block: block(first), owner: OWNER, ...more });
const RELEASED = at("2026-11-24T02:05:00Z");
const RANGES = [{ address: "203.0.113.7", first: 11105, last: 11199 }];

describe("a claim", () => {
  it("is a ConfigMap of the operator's namespace, by whose name there can be one", () => {
    expect(claimName(block(11105))).toBe("ports-203.0.113.7-11105");
    expect(claimObject(claim(11105), "slacktide")).toMatchObject({
      kind: "ConfigMap",
      metadata: { name: "ports-203.0.113.7-11105", namespace: "slacktide", labels: { [LABEL.tenant]: "acme", [LABEL.tenantUid]: OWNER.uid } },
      data: { ports: "11105-11109" },
    });
  });

  it.each([claim(11105), claim(11105, { releasedAt: RELEASED }), claim(65_530)])("is read back as it was written: %j", (one) => {
    expect(claimOf(claimObject(one, "slacktide").metadata)).toEqual(one);
  });

  it("is none without its label, or under a name that names no block", () => {
    const { metadata } = claimObject(claim(11105), "slacktide");
    expect(claimOf({ ...metadata, labels: { [LABEL.tenant]: "acme" } })).toBeUndefined();
    expect(claimOf({ name: metadata.name })).toBeUndefined();
    for (const name of ["ports-203.0.113.7-11106", "ports-11105", "slacktide"]) expect(claimOf({ ...metadata, name })).toBeUndefined();
  });

  it("is nobody's if its labels do not say whose it is", () => {
    expect(claimOf({ name: "ports-a-11105", labels: { [LABEL.ports]: "claim" } })?.owner).toEqual({ name: "", uid: "" });
  });

  it("is in quarantine for 30 days, and for ever if nobody knows since when", () => {
    expect(quarantineEndsAt(claim(11105))).toBeUndefined();
    expect(quarantineEndsAt(claim(11105, { releasedAt: RELEASED }))).toBe(at("2026-12-24T02:05:00Z"));
    const broken = { ...claimObject(claim(11105), "slacktide").metadata, annotations: { [ANNOTATION.releasedAt]: "soon" } };
    expect(claimOf(broken)?.releasedAt).toBe(Infinity);
    expect(quarantineEndsAt({ ...claim(11105), releasedAt: Infinity })).toBeUndefined();
  });
});

describe("the ports of a tenant", () => {
  const theirs = { name: "acme", uid: "uid-before" };
  const decide = (seen: Partial<PortsSeen>, ranges?: typeof RANGES) => decidePorts({ claims: [], recorded: undefined, ...seen }, OWNER, ranges);

  it.each<[why: string, seen: Partial<PortsSeen>, ranges: typeof RANGES | undefined, kind: string, first: number | undefined]>([
    ["none where the platform gives none", {}, undefined, "none", undefined],
    ["none of an empty list", {}, [], "none", undefined],
    ["wanted where it gives some", {}, RANGES, "wanted", undefined],
    ["held by a claim", { claims: [claim(11105)] }, RANGES, "held", 11105],
    ["held whatever has become of the ranges", { claims: [claim(20000)] }, undefined, "held", 20000],
    ["not those of another who had the name", { claims: [claim(11105, { owner: theirs })] }, RANGES, "wanted", undefined],
    ["not those that were released", { claims: [claim(11105, { releasedAt: RELEASED })] }, RANGES, "wanted", undefined],
    ["what was recorded, if the claim is gone", { recorded: block(11110) }, RANGES, "lost", 11110],
    ["what was recorded, also where nothing is given any more", { recorded: block(11110) }, undefined, "lost", 11110],
    ["what is claimed, not what somebody wrote on the namespace", { claims: [claim(11105)], recorded: block(11110) }, RANGES, "held", 11105],
  ])("are %s", (_why, seen, ranges, kind, first) => {
    const decision = decide(seen, ranges);
    expect([decision.kind, blockOf(decision)?.first]).toEqual([kind, first]);
  });

  it("are the lowest of two claims, and the other is given up", () => {
    expect(decide({ claims: [claim(11120), claim(11105)] })).toEqual({ kind: "held", block: block(11105), surplus: [claim(11120)] });
  });

  it("are those in use of two claims, also if they are not the lowest", () => {
    expect(decide({ claims: [claim(11120), claim(11105)], recorded: block(11120) })).toEqual({ kind: "held", block: block(11120), surplus: [claim(11105)] });
  });

  it("may have been another's: those are told apart by uid, and released ones are done with", () => {
    const former = claim(11105, { owner: theirs });
    expect(formerClaims([claim(11110), former, claim(11115, { owner: theirs, releasedAt: RELEASED })], OWNER)).toEqual([former]);
    expect(formerClaims([claim(11110)], undefined)).toEqual([claim(11110)]);
  });
});
