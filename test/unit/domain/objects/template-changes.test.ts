import { describe, expect, it } from "vitest";
import { readTemplate } from "../../../../src/domain/objects/deployment.ts";
import type { Platform } from "../../../../src/domain/objects/platform.ts";
import type { PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { renderedTemplate, revisionOf, type RenderInput } from "../../../../src/domain/objects/rendered.ts";
import { isSameTemplate, isWithin } from "../../../../src/domain/objects/same-template.ts";
import { areOwnSettings, templateChanges } from "../../../../src/domain/objects/template-changes.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";

const VERSION = "17.2.1";
const NAMES = ["auth", "proxy-us-west-2"];
const METRICS = { clientCa: "of clients", clientsId: "clients-1", keysFrom: "CertManager" as const };
const AGENTS = tenantSpec().agents;

function inputOf(more: Partial<RenderInput> = {}): RenderInput {
  return { owner: OWNER, spec: tenantSpec(), platform: PLATFORM, digests: () => ({}), ...more };
}

const platform = (more: Partial<Platform>): Partial<RenderInput> => ({ platform: { ...PLATFORM, ...more } });

/** As they were rendered by `before`, and read back. */
function recordedBy(before: RenderInput, more: { readonly revision?: number; readonly version?: string } = {}) {
  return NAMES.map((name) => ({ name, roll: { version: VERSION, revision: revisionOf(before), template: readBack(renderedTemplate({ name }, VERSION, before)), ...more } }));
}

function readBack(template: PodTemplate): PodTemplate {
  return readTemplate(JSON.stringify(template)) ?? {};
}

const changes = (before: Partial<RenderInput>, now: Partial<RenderInput>) => templateChanges(recordedBy(inputOf(before)), VERSION, inputOf(now));

describe("what of a tenant's pods is not as it would be rendered now", () => {
  it.each<[what: string, before: Partial<RenderInput>, now: Partial<RenderInput>, expected: readonly string[]]>([
    ["nothing, for what has just been rolled out", {}, {}, []],
    ["a newer revision that renders the same is nothing", {}, platform({ templateRevision: 9 }), []],
    ["the size", {}, { spec: tenantSpec({ size: "Large" }) }, ["size Large"]],
    ["what agents are told", {}, { spec: tenantSpec({ agents: { ...AGENTS, autoUpdate: true } }) }, ["agents.autoUpdate true"]],
    ["that they are told nothing any more", { spec: tenantSpec({ agents: { ...AGENTS, autoUpdate: true } }) }, {}, ["agents.autoUpdate false"]],
    ["the certificate, of proxies alone", {}, { certificate: true }, ["certificate"]],
    ["that metrics are shown over mutual TLS", platform({ metrics: METRICS }), { ...platform({ metrics: METRICS }), metrics: "metrics-tls" }, ["metrics"]],
    ["that they are no more", { ...platform({ metrics: METRICS }), metrics: "metrics-tls" }, {}, ["metrics"]],
    ["with which key they are", { ...platform({ metrics: METRICS }), metrics: "metrics-tls" }, { ...platform({ metrics: METRICS }), metrics: "metrics-own" }, ["metrics"]],
    ["to whom they are shown", { ...platform({ metrics: METRICS }), metrics: "metrics-tls" }, { ...platform({ metrics: { ...METRICS, clientsId: "clients-2" } }), metrics: "metrics-tls" }, ["clients of metrics"]],
    ["nothing, for clients of which no pod knows yet", {}, platform({ metrics: METRICS }), []],
    ["images that moved", {}, platform({ images: { auth: "mirror.example:5000/auth", proxy: PLATFORM.images.proxy } }), ["image mirror.example:5000/auth"]],
    ["a setting that no word is for", {}, platform({ pods: { ...PLATFORM.pods, authGraceSeconds: 90 } }), ["settings of the platform"]],
    ["a newer revision that renders something else", {}, platform({ templateRevision: 9, pods: { ...PLATFORM.pods, authGraceSeconds: 90 } }), ["template revision 9"]],
    ["several, each once and sorted", {}, { spec: tenantSpec({ size: "Large" }), certificate: true }, ["certificate", "size Large"]],
    ["not another digest: an edit of the catalogue restarts nobody", {}, { digests: () => ({ auth: "sha256:abc", proxy: "sha256:abc" }) }, []],
    ["nor one that the catalogue no longer has", { digests: () => ({ auth: "sha256:abc" }) }, {}, []],
  ])("%s", (_what, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
  });

  it("does not depend on the order in which a template's fields were written", () => {
    const turned = recordedBy(inputOf()).map(({ name, roll }) => ({ name, roll: { ...roll, template: Object.fromEntries(Object.entries(roll.template).toReversed()) } }));
    expect(templateChanges(turned, VERSION, inputOf())).toEqual([]);
  });

  it.each<[what: string, more: Parameters<typeof recordedBy>[1]]>([
    ["is at another version: an attempt is under way", { version: "17.2.0" }],
    ["was given by a later Slacktide than this one", { revision: 99 }],
  ])("leaves out what %s", (_what, more) => {
    expect(templateChanges(recordedBy(inputOf(), more), VERSION, inputOf({ spec: tenantSpec({ size: "Large" }) }))).toEqual([]);
  });

  it("leaves out what records nothing: what it was given nobody knows", () => {
    const lost = NAMES.map((name) => ({ name, roll: undefined }));
    expect(templateChanges(lost, VERSION, inputOf({ spec: tenantSpec({ size: "Large" }) }))).toEqual([]);
  });

  it.each<[what: string, template: PodTemplate]>([
    ["without containers", { spec: {} }],
    ["with containers that are none", { spec: { containers: "none" } }],
    ["without a spec", {}],
    ["with a spec that is none", { spec: "none" }],
    ["whose container has no image", { spec: { containers: [{}] } }],
  ])("a record that somebody broke is not as it would be: %s", (_what, template) => {
    const broken = recordedBy(inputOf()).map(({ name, roll }) => ({ name, roll: { ...roll, template } }));
    expect(templateChanges(broken, VERSION, inputOf())).toEqual(["image registry.example/teleport", "size Standard"]);
  });
});

describe("what the tenant's owner alone has set", () => {
  const areOwn = (before: Partial<RenderInput>, now: Partial<RenderInput>) => areOwnSettings(recordedBy(inputOf(before)), VERSION, inputOf(now));
  const LARGE = { spec: tenantSpec({ size: "Large", agents: { ...AGENTS, autoUpdate: true } }) };

  it.each<[what: string, before: Partial<RenderInput>, now: Partial<RenderInput>, own: boolean]>([
    ["a size, and what agents are told", {}, LARGE, true],
    ["the same under a newer revision that renders alike", {}, { ...LARGE, ...platform({ templateRevision: 9 }) }, true],
    ["a setting of the platform", {}, platform({ pods: { ...PLATFORM.pods, authGraceSeconds: 90 } }), false],
    ["a size beside a setting of the platform", {}, { ...LARGE, ...platform({ pods: { ...PLATFORM.pods, authGraceSeconds: 90 } }) }, false],
    ["an image that moved", {}, platform({ images: { auth: "mirror.example:5000/auth", proxy: PLATFORM.images.proxy } }), false],
    ["a certificate, which whoever runs the platform configures", {}, { certificate: true }, false],
  ])("%s", (_what, before, now, own) => {
    expect(areOwn(before, now)).toBe(own);
  });

  it("does not look at what a later Slacktide rolled out, or whose record is lost", () => {
    const recorded = recordedBy(inputOf()).map(({ name, roll }) => ({ name, roll: name === "auth" ? roll : undefined }));
    expect(areOwnSettings(recorded, VERSION, inputOf(LARGE))).toBe(true);
  });
});

describe("a template", () => {
  const template = { spec: { containers: [{ name: "auth" }], volumes: [{ name: "data", emptyDir: {} }] } };
  const filledIn = { spec: { ...template.spec, containers: [{ name: "auth", imagePullPolicy: "IfNotPresent" }], dnsPolicy: "ClusterFirst" } };

  it("is within what the API server made of it, and not the same", () => {
    expect([isWithin(template, filledIn), isWithin(filledIn, template), isSameTemplate(template, filledIn)]).toEqual([true, false, false]);
  });

  it.each<[what: string, other: PodTemplate]>([
    ["another list", { spec: { ...template.spec, containers: [{ name: "auth" }, { name: "sidecar" }] } }],
    ["something else in the list", { spec: { ...template.spec, containers: [{ name: "proxy" }] } }],
    ["no list", { spec: { ...template.spec, containers: { 0: { name: "auth" } } } }],
    ["a list where there is none", { spec: [] }],
    ["nothing there", { spec: null }],
  ])("is not within one with %s", (_what, other) => {
    expect(isWithin(template, other)).toBe(false);
  });

  it("leaves out what is not set", () => {
    expect(isSameTemplate({ spec: { a: undefined } }, { spec: {} })).toBe(true);
  });
});
