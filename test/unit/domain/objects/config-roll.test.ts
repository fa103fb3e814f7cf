import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../../src/api/index.ts";
import type { RollRecord } from "../../../../src/domain/objects/deployment.ts";
import type { Platform } from "../../../../src/domain/objects/platform.ts";
import { authTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { wantedDeployments, type WantedInput } from "../../../../src/domain/objects/wanted.ts";
import type { AttemptRecord } from "../../../../src/domain/tenant/recorded-state.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const VERSION = "17.2.1";
const NEWER: Platform = { ...PLATFORM, templateRevision: 3, pods: { ...PLATFORM.pods, authGraceSeconds: 90 } };
const { step: _step, ...upgrade } = upgradeOf({ class: "Config", from: VERSION, to: VERSION });
const ATTEMPT: AttemptRecord = { ...upgrade, disruptiveAt: "2026-11-24T02:05:00Z" };

const templateBy = (platform: Platform) => authTemplate({ owner: OWNER, version: VERSION, platform });
const [OLD, NEW] = [templateBy(PLATFORM), templateBy(NEWER)];

function auth(roll: RollRecord | undefined, more: Partial<WantedInput> & { readonly runs?: PodTemplate } = {}) {
  const { runs, ...input } = more;
  const current = [{ name: "auth", workload: workload("auth", VERSION), roll, template: runs ?? roll?.template }];
  const { deployments } = wantedDeployments({ owner: OWNER, spec: tenantSpec(), suspended: false, platform: NEWER, version: VERSION, anew: false, digests: () => ({}), workloads: workloadsAt(VERSION), ...input, current });
  return deployments[0];
}

const revisionOf = (deployment: ReturnType<typeof auth>) => deployment?.metadata.annotations?.[ANNOTATION.templateRevision];
const templateOf = (deployment: ReturnType<typeof auth>) => (deployment?.["spec"] as { readonly template?: PodTemplate } | undefined)?.template; // a Deployment's

const BEFORE: RollRecord = { version: VERSION, revision: 2, template: OLD };
const UNDER_WAY = { attempt: { record: ATTEMPT, hasBegun: true } };

describe("a pod template of another revision at the same version", () => {
  it("is not taken by itself", () => {
    expect(templateOf(auth(BEFORE))).toEqual(OLD);
  });

  it("is taken when the attempt rolls it, with what was before it and of which revision that was", () => {
    const rolled = auth(BEFORE, { ...UNDER_WAY, roll: { workload: "auth", version: VERSION, back: false } });
    expect(templateOf(rolled)).toEqual(NEW);
    expect(rolled?.metadata.annotations).toMatchObject({ [ANNOTATION.templateRevision]: "3", [ANNOTATION.previousTemplateRevision]: "2", [ANNOTATION.previousPodTemplate]: JSON.stringify(OLD) });
    expect(rolled?.metadata.annotations).not.toHaveProperty(ANNOTATION.rolledBack);
  });

  it("is given back with its own revision, and says so", () => {
    const rolled: RollRecord = { version: VERSION, revision: 3, template: NEW, previous: BEFORE, attempt: ATTEMPT };
    const back = auth(rolled, { ...UNDER_WAY, roll: { workload: "auth", version: VERSION, back: true } });
    expect(templateOf(back)).toEqual(OLD);
    expect(back?.metadata.annotations).toMatchObject({ [ANNOTATION.templateRevision]: "2", [ANNOTATION.previousTemplateRevision]: "3", [ANNOTATION.rolledBack]: "true", [ANNOTATION.attempt]: JSON.stringify(ATTEMPT) });
  });
});

describe("a record that was lost", () => {
  const filledIn = (template: PodTemplate): PodTemplate => ({ ...template, spec: { ...(template["spec"] as object), dnsPolicy: "ClusterFirst" } });

  it("is made again as it would be rendered, if that is what runs, whatever the API server filled in", () => {
    const found = auth(undefined, { runs: filledIn(NEW) });
    expect([templateOf(found), revisionOf(found)]).toEqual([NEW, "3"]);
  });

  it("is of no known revision if something else runs", () => {
    const found = auth(undefined, { runs: filledIn(OLD) });
    expect([templateOf(found), revisionOf(found)]).toEqual([filledIn(OLD), "0"]);
  });

  it("keeps the attempt that runs", () => {
    const found = auth(undefined, { ...UNDER_WAY, runs: filledIn(OLD) });
    expect([found?.metadata.annotations?.[ANNOTATION.attempt], revisionOf(found)]).toEqual([JSON.stringify(ATTEMPT), "0"]);
  });
});
