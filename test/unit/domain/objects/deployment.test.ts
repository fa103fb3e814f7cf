import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import { deployment, rollRecordOf, type RollRecord } from "../../../../src/domain/objects/deployment.ts";
import type { Platform } from "../../../../src/domain/objects/platform.ts";
import { authTemplate, imageOf, proxyTemplate, RESTRICTED, type PodTemplate, type TemplateInput } from "../../../../src/domain/objects/pod-template.ts";
import { isAttemptRecord, type AttemptRecord } from "../../../../src/domain/tenant/recorded-state.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { OWNER, PLATFORM } from "../../../fixtures/tenant.ts";

const INPUT: TemplateInput = { owner: OWNER, version: "17.2.1", platform: PLATFORM };
const OLD = authTemplate(INPUT);
const NEW = authTemplate({ ...INPUT, version: "17.2.3" });
const { step: _step, ...upgrade } = upgradeOf();
const ATTEMPT: AttemptRecord = { ...upgrade, disruptiveAt: "2026-11-24T02:05:00Z" };

function pods(more: Partial<Platform["pods"]>): Platform {
  return { ...PLATFORM, pods: { ...PLATFORM.pods, ...more } };
}

function deploymentOf(name: string, { roll = { version: "17.2.1", revision: 1, template: OLD }, platform = PLATFORM }: { roll?: RollRecord; platform?: Platform } = {}) {
  return deployment({ owner: OWNER, replicas: name === "auth" ? 1 : 3, platform, name, roll });
}

describe("an image", () => {
  it("has the version as its tag, and the digest if the channel gives one", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    expect([imageOf("registry.example/teleport", { version: "17.2.1" }), imageOf("registry.example/teleport", { version: "17.2.1", digest })]).toEqual([
      "registry.example/teleport:17.2.1",
      `registry.example/teleport:17.2.1@${digest}`,
    ]);
  });
});

describe.each([
  ["auth", authTemplate, PLATFORM.pods.authGraceSeconds],
  ["proxy-us-west-2", (input: TemplateInput) => proxyTemplate(input, "us-west-2"), PLATFORM.pods.proxyGraceSeconds],
] as const)("the pods of %s", (component, templateOf, graceSeconds) => {
  it("are told apart by tenant, component and version", () => {
    expect(templateOf(INPUT)).toMatchObject({ metadata: { labels: { [LABEL.tenant]: "acme", [LABEL.component]: component, [LABEL.version]: "17.2.1" } } });
  });

  it("may run in a restricted namespace", () => {
    expect(templateOf(INPUT)).toMatchObject({ spec: { securityContext: { runAsNonRoot: true }, containers: [{ securityContext: RESTRICTED }] } });
  });

  it("hold no more memory than is theirs, and are told of no other Service", () => {
    expect(templateOf(INPUT)).toMatchObject({ spec: { enableServiceLinks: false, containers: [{ resources: { limits: { memory: expect.stringMatching(/^\d+Mi$/) as string } } }] } });
  });

  it("end only after their clients had time to move", () => {
    const waiting = { spec: { terminationGracePeriodSeconds: graceSeconds, containers: [{ lifecycle: { preStop: { exec: { command: ["teleport", "wait", "duration", "30s"] } } } }] } };
    expect(templateOf(INPUT)).toMatchObject(waiting);
    expect(JSON.stringify(templateOf({ ...INPUT, platform: pods({ preStopSeconds: 0 }) }))).not.toContain("preStop");
  });

  it("are the same for the same version, so that nothing restarts them", () => {
    expect(templateOf({ ...INPUT })).toEqual(templateOf(INPUT));
    expect(templateOf({ ...INPUT, version: "17.2.3" })).not.toEqual(templateOf(INPUT));
  });
});

describe("the token of a ServiceAccount", () => {
  const volumesOf = (template: PodTemplate) => (template["spec"] as { volumes: readonly object[] }).volumes; // as rendered
  const TOKENS = expect.objectContaining({ projected: expect.anything() as unknown }) as object;

  it("is given to Auth as to any client of the API server", () => {
    expect(authTemplate(INPUT)).toMatchObject({ spec: { automountServiceAccountToken: true } });
    expect(volumesOf(authTemplate(INPUT))).not.toContainEqual(TOKENS);
  });

  it("is given to a proxy alone, and for ten minutes, so that it can join", () => {
    const proxy = proxyTemplate(INPUT, "us-west-2");
    expect(proxy).toMatchObject({ spec: { automountServiceAccountToken: false } });
    expect(volumesOf(proxy)).toContainEqual({ name: "join-token", projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 600 } }] } });
    expect(proxy).toMatchObject({ spec: { containers: [{ volumeMounts: expect.arrayContaining([{ name: "join-token", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }]) as object[] }] } });
  });
});

describe("a Deployment", () => {
  it("of Auth ends its one pod before it starts the next: the volume has one writer", () => {
    expect(deploymentOf("auth")).toMatchObject({ spec: { replicas: 1, strategy: { type: "Recreate" } } });
  });

  it("of proxies starts a pod before it ends one", () => {
    expect(deploymentOf("proxy-us-west-2")).toMatchObject({ spec: { replicas: 3, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } });
  });

  it("selects its pods by labels that never change", () => {
    const selector = { [LABEL.tenant]: "acme", [LABEL.component]: "auth" };
    expect(deploymentOf("auth")["spec"]).toMatchObject({ selector: { matchLabels: selector }, template: { metadata: { labels: selector } } });
  });

  it("is given ten minutes, or as long as its pods take to count as Ready", () => {
    expect([15, 3600].map((minReadySeconds) => deploymentOf("auth", { platform: pods({ minReadySeconds }) })["spec"])).toMatchObject([
      { minReadySeconds: 15, progressDeadlineSeconds: 600 },
      { minReadySeconds: 3600, progressDeadlineSeconds: 3660 },
    ]);
    expect(deploymentOf("auth", { platform: pods({ minReadySeconds: 0 }) })["spec"]).not.toHaveProperty("minReadySeconds");
  });
});

describe("what a Deployment records of its roll", () => {
  const read = (annotations: Record<string, string> | undefined) => rollRecordOf(annotations, isAttemptRecord);
  const written = (roll: RollRecord) => deploymentOf("auth", { roll }).metadata.annotations ?? {};
  const whole: RollRecord = { version: "17.2.3", revision: 2, template: NEW, previous: { version: "17.2.1", revision: 1, template: OLD }, attempt: ATTEMPT };

  it.each<[why: string, roll: RollRecord]>([
    ["without an attempt", { version: "17.2.1", revision: 0, template: OLD }],
    ["with the attempt and what was before it", whole],
    ["gone back by the attempt", { ...whole, rolledBack: true }],
  ])("reads back as it was written: %s", (_why, roll) => {
    expect(read(written(roll))).toEqual(roll);
  });

  it.each<[why: string, broken: Record<string, string>]>([
    ["the template is no JSON", { [ANNOTATION.podTemplate]: "{" }],
    ["the template is none", { [ANNOTATION.podTemplate]: "null" }],
    ["the template is a text", { [ANNOTATION.podTemplate]: '"spec"' }],
    ["the template has no pods", { [ANNOTATION.podTemplate]: "{}" }],
    ["the template has no containers", { [ANNOTATION.podTemplate]: '{"spec":{"containers":null}}' }],
    ["a container has no image", { [ANNOTATION.podTemplate]: '{"spec":{"containers":[{}]}}' }],
    ["its volumes are none", { [ANNOTATION.podTemplate]: '{"spec":{"containers":[{"image":"a:1"}],"volumes":null}}' }],
  ])("counts as lost if %s", (_why, broken) => {
    expect(read({ ...written(whole), ...broken })).toBeUndefined();
  });

  it("counts as lost without annotations, version or template", () => {
    const { [ANNOTATION.version]: _version, ...unversioned } = written(whole);
    const { [ANNOTATION.podTemplate]: _template, ...untemplated } = written(whole);
    expect([undefined, {}, unversioned, untemplated].map(read)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each<[why: string, broken: Record<string, string>, expected: RollRecord]>([
    ["a revision that is no number is none", { [ANNOTATION.templateRevision]: "first" }, { ...whole, revision: 0 }],
    ["what was before says of no revision, as an earlier Slacktide wrote it", { [ANNOTATION.previousTemplateRevision]: "" }, { ...whole, previous: { version: "17.2.1", revision: 0, template: OLD } }],
    ["a broken attempt is none", { [ANNOTATION.attempt]: '{"id":1}' }, { version: "17.2.3", revision: 2, template: NEW, previous: { version: "17.2.1", revision: 1, template: OLD } }],
  ])("loses only what is broken: %s", (_why, broken, expected) => {
    expect(read({ ...written(whole), ...broken })).toEqual(expected);
  });

  it("cannot go back without both the version and the template before", () => {
    const { [ANNOTATION.previousVersion]: _version, ...rest } = written(whole);
    expect([rest, { ...written(whole), [ANNOTATION.previousPodTemplate]: "{}" }].map((each) => read(each)?.previous)).toEqual([undefined, undefined]);
  });

  it("says of what ran before only what differs: version and image, with its digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const pinned: RollRecord = { ...whole, previous: { version: "17.2.1", revision: 1, template: authTemplate({ ...INPUT, digest }) } };
    expect(written(pinned)).toMatchObject({ [ANNOTATION.previousVersion]: "17.2.1", [ANNOTATION.previousImage]: `${PLATFORM.images.auth}:17.2.1@${digest}` });
    expect(written(pinned)).not.toHaveProperty(ANNOTATION.previousPodTemplate);
    expect(read(written(pinned))).toEqual(pinned);
  });

  it.each<[what: string, before: PodTemplate]>([
    ["of another revision", authTemplate({ ...INPUT, platform: pods({ authGraceSeconds: 1 }) })],
    ["without labels", { spec: OLD["spec"] }],
    ["without containers", { ...OLD, spec: { containers: [] } }],
  ])("records whole what ran before %s", (_what, before) => {
    const roll: RollRecord = { ...whole, previous: { version: "17.2.1", revision: 1, template: before } };
    expect(written(roll)).toMatchObject({ [ANNOTATION.previousPodTemplate]: JSON.stringify(before) });
    expect(read(written(roll))).toEqual(roll);
  });

  it("cannot go back by an image if its template is none of ours", () => {
    const strange = { [ANNOTATION.podTemplate]: JSON.stringify({ spec: { containers: [] } }) };
    expect(read({ ...written(whole), ...strange })).not.toHaveProperty("previous");
  });
});
