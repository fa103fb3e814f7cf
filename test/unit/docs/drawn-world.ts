import { join } from "node:path";
import { readManifests } from "../../../src/cli/manifests.ts";
import { decideAttempt } from "../../../src/domain/tenant/decide-tenant.ts";
import type { TenantView } from "../../../src/domain/tenant/view.ts";
import { DAY, isoOf, MINUTE, type Instant } from "../../../src/domain/time.ts";
import { openingAt } from "../../../src/domain/window/opening.ts";
import type { Window } from "../../../src/domain/window/window.ts";
import { compiledChannel, compiledFreeze, compiledWindow } from "../../../src/reconcile/compiled.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { at } from "../../fixtures/time.ts";
import { agentsFine, bound, linesFor, viewOf } from "../../fixtures/view.ts";
import { workload } from "../../fixtures/workloads.ts";
import { ROOT } from "./pages.ts";
import type { Bar, Picture } from "./pictures.ts";

const MANIFESTS = readManifests(join(ROOT, "docs/concepts/windows.yaml"));
/** What windows.yaml describes, by name. */
export const windows = new Map(ofKind("MaintenanceWindow").map((object) => [object.metadata.name, validWindow(compiledWindow(object).window)]));
export const freezes = new Map(ofKind("Freeze").map((object) => [object.metadata.name, compiledFreeze(object)]));
export const channels = ofKind("ReleaseChannel").flatMap((object) => {
  const { channel } = compiledChannel(object, 0);
  return channel.kind === "valid" ? [channel] : [];
});

const STEPS = { old: "Preflight", "rolling Auth": "Auth", between: "Auth", "rolling Proxy": "Proxy" } as const;
/** How far the picture's major is. */
type Progress = keyof typeof STEPS;

const OLD = "17.2.1";
const NEW = "18.1.2";

/** What the picture's major does next, its Preflight passed, with its workloads that far. */
export function actionAt(picture: Picture, now: Instant, progress: Progress): string {
  const claim = claimOf(picture);
  const opening = openingAt(windowsOf(picture), claim);
  const upgrade = upgradeOf({
    class: "Major",
    from: OLD,
    to: NEW,
    step: STEPS[progress],
    claimedAt: isoOf(claim),
    predictedEndAt: isoOf(claim + 45 * MINUTE),
    opening: { window: "night", opensAt: isoOf(opening?.opensAt ?? 0), closesAt: isoOf(opening?.closesAt ?? 0) },
    ...(progress !== "old" && { disruptiveAt: isoOf(claim) }),
  });
  const rolled = { version: NEW, podVersions: [NEW], attempt: upgrade.id };
  const auth = workload("auth", OLD, progress === "old" ? {} : { ...rolled, ...(progress === "rolling Auth" && { updated: 0 }) });
  const proxy = workload("proxy-us-west-2", OLD, progress === "rolling Proxy" ? { ...rolled, updated: 0 } : {});
  const { id, class: upgradeClass, to } = upgrade;
  const view = { ...tenantOf(picture, now), upgrade: { id, class: upgradeClass, to, stuck: false } };
  const sight = { upgrade, workloads: { auth, proxies: [proxy], leaving: [] }, preflight: "succeeded", preflightOf: () => "absent" as const, freezes: view.freezes, stepElapsedMs: () => 0, verifyMs: MINUTE, stepDeadlineMs: DAY } as const;
  return decideAttempt(view, sight, now).action.kind;
}

/** The tenant that the picture is about. */
export function tenantOf(picture: Picture, now: Instant): TenantView {
  return tenantView(picture.settings["tenant"] ?? "", now);
}

function windowsOf({ settings }: Picture): readonly Window[] {
  return tenantView(settings["tenant"] ?? "", 0).windows.valid;
}

/** The tenant as the operator would see it, from its manifest and those of its windows, freezes and channel. */
export function tenantView(name: string, now: Instant): TenantView {
  const [channel] = channels;
  const object = MANIFESTS.find(({ kind, metadata }) => kind === "Tenant" && metadata.name === name);
  const listed = (object?.spec as { windows?: readonly string[] } | undefined)?.windows ?? []; // checked by the commands of the page
  const covering = [...freezes.values()].filter((freeze) => now < freeze.until && freeze.covers({ name, channel: channel?.name ?? "" }));
  if (channel === undefined || listed.length === 0) throw new Error(`there is no tenant ${name}`);
  return viewOf({ now, name, channel, version: OLD, windows: bound(...listed.flatMap((each) => windows.get(each) ?? [])), freezes: covering, lines: linesFor(channel, OLD, now), agents: agentsFine(now) });
}

/** The first bar of the row with that label. */
export function barOf({ rows }: Picture, label: string): Bar | undefined {
  return rows.find((row) => row.label === label)?.bars[0];
}

/** When the picture's major is claimed: as it says, or as late as can be. */
export function claimOf(picture: Picture): Instant {
  const { claim } = picture.settings;
  return claim === undefined ? (barOf(picture, "Auth is rolled")?.from ?? 0) : at(claim.replace("Z", ":00Z"));
}

function ofKind(kind: string) {
  return MANIFESTS.filter((object) => object.kind === kind);
}

function validWindow(window: ReturnType<typeof compiledWindow>["window"]): Window {
  if (window.kind === "invalid") throw new Error(window.problems.join("; "));
  return window;
}
