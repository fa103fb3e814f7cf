import { describe, expect, it } from "vitest";
import { specProblems, type ProblemTerms } from "../../../../src/domain/tenant/problems.ts";
import { channelOf, release, WITHDRAWN } from "../../../fixtures/channel.ts";
import { PLATFORM, tenantOf, type TenantSpecInput } from "../../../fixtures/tenant.ts";

const channel = channelOf({ releases: [release("17.2.1"), release("17.2.2", undefined, WITHDRAWN), release("18.1.0")] });

const NOT_ALLOWED = expect.stringMatching(/^DomainNotAllowed: .*: acme\.gravity\.example or acme\.teleport\.example$/) as string; // it stands for one

function problems(spec: TenantSpecInput, terms: Partial<ProblemTerms> = {}): readonly string[] {
  return specProblems(tenantOf(spec), { platform: PLATFORM, channel, provisioned: false, ...terms }).map(({ reason, message }) => `${reason}: ${message}`);
}

describe("a tenant's spec", () => {
  it.each<[why: string, spec: TenantSpecInput, terms: Partial<ProblemTerms>, expected: string[]]>([
    ["that is right", {}, {}, []],
    ["with a domain of somebody else's", { domain: "acme.elsewhere.example" }, {}, ['DomainNotAllowed: spec.domain "acme.elsewhere.example" must be the tenant\'s name and a suffix of the platform: acme.gravity.example or acme.teleport.example']],
    ["with a suffix that only looks like one", { domain: "acme.notteleport.example" }, {}, [NOT_ALLOWED]],
    ["with another tenant's domain, which an older schema let in", { domain: "globex.teleport.example" }, {}, [NOT_ALLOWED]],
    ["with a domain within another tenant's", { domain: "acme.globex.teleport.example" }, {}, [NOT_ALLOWED]],
    ["with any suffix of the platform", { domain: "acme.gravity.example" }, {}, []],
    ["with a domain around a suffix of the platform", {}, { platform: { ...PLATFORM, domainSuffixes: [".teleport.example", ".eu.acme.teleport.example"] } }, ['DomainNotAllowed: spec.domain "acme.teleport.example" would have other tenants\' domains within it, which end in .eu.acme.teleport.example: choose another name']],
    ["with a channel that does not exist", { channel: "beta" }, { channel: undefined }, ['ChannelNotFound: spec.channel: there is no ReleaseChannel "beta"; create it or name another']],
    ["with a channel that cannot be used", {}, { channel: { kind: "invalid", name: "stable", problems: ["a", "b"] } }, ['ChannelInvalid: ReleaseChannel "stable" cannot be used: a; b']],
    ["that begins at a release of the channel", { initialVersion: "v17.2.1" }, {}, []],
    ["that begins at something else", { initialVersion: "17.9.9" }, {}, ['InitialVersionUnusable: spec.initialVersion 17.9.9 is not a release of ReleaseChannel "stable"']],
    ["that begins at no version", { initialVersion: "newest" }, {}, ['InitialVersionUnusable: spec.initialVersion newest is not a release of ReleaseChannel "stable"']],
    ["that begins at a withdrawn release", { initialVersion: "17.2.2" }, {}, ["InitialVersionUnusable: spec.initialVersion 17.2.2 was withdrawn: choose another release"]],
    ["that begins above its own limit", { initialVersion: "18.1.0", upgrades: { mode: "Automatic", maxMajor: 17 } }, {}, ["InitialVersionUnusable: spec.initialVersion 18.1.0 is above spec.upgrades.maxMajor 17"]],
    ["that begins at its limit", { initialVersion: "18.1.0", upgrades: { mode: "Automatic", maxMajor: 18 } }, {}, []],
    ["that began long ago is not judged by where it began", { initialVersion: "17.2.2" }, { provisioned: true }, []],
    ["with several problems tells them all", { domain: "x.example", initialVersion: "17.9.9" }, {}, [expect.stringContaining("DomainNotAllowed"), expect.stringContaining("InitialVersionUnusable")]],
  ])("%s", (_why, spec, terms, expected) => {
    expect(problems(spec, terms)).toEqual(expected);
  });
});
