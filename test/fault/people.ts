import { loadPlatform } from "../../src/adapters/config.ts";
import { ANNOTATION, API_VERSION, PURGE_LEDGER_NAME } from "../../src/api/index.ts";
import { namespaceOf } from "../../src/domain/objects/names.ts";
import { pointName, restorePointObject } from "../../src/domain/objects/restore-point.ts";
import { DAY, isoOf, MINUTE, type Instant } from "../../src/domain/time.ts";
import { KINDS } from "../../src/kube/kind.ts";
import { agent, channel, release, tenant, window, type Manifest } from "../support/fleet.ts";
import { FROM, OPENS_AT } from "./dates.ts";
import { OWN, type Hands } from "./hands.ts";
import { PLAN_LABEL } from "./observer.ts";
import type { Names } from "./world.ts";

const INVENTORY = { type: "ConfigMap", name: "inventory" };
export const OLD = "17.2.1";
export const PATCH = "17.2.3";
export const MAJOR = "18.1.2";

/** Everything is cut on the hour and waits for no age; what begins at 01:50 starts at 02:00. */
const CADENCE: Manifest = {
  patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" },
  major: { minAge: "0s", minInterval: "0s" },
  lines: [{ major: 18, open: "Always" }],
};

const owned = (object: Manifest, { id }: Names): Manifest => ({ ...object, metadata: { ...(object["metadata"] as object), labels: { [PLAN_LABEL]: id } } });

export const published = (names: Names, releases: readonly Manifest[], more: Manifest = {}) => owned(channel(releases, { ...CADENCE, ...more }, names.channel), names);
export const night = (names: Names, schedule = "0 2 * * *") => owned(window(names.window, schedule), names);
export const tenants = (names: Names, spec: Manifest = {}) =>
  names.tenants.map((name) => owned(tenant(name, { channel: names.channel, windows: [names.window], initialVersion: OLD, agents: { inventory: INVENTORY }, ...spec }), names));

export const inventory = (versions: readonly string[]) => async (hands: Hands, names: Names) => {
  const rows = versions.map((version, n) => agent(`agent-${n}`, `host-${n}`, version));
  for (const name of names.tenants) await hands.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inventory", namespace: namespaceOf(name), labels: { [PLAN_LABEL]: names.id } }, data: { "inventory.json": JSON.stringify(rows) } });
};

export const publish = (...versions: readonly string[]) => (hands: Hands, names: Names) => hands.apply(published(names, [OLD, ...versions].map((version) => release(version))));
export const removeTenants = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.deleteTenant(name);
};

/** What runs stops at its next safe point, for ten minutes of the night. */
export const freezeNow = (hands: Hands, names: Names) =>
  hands.apply(owned({ apiVersion: API_VERSION, kind: "Freeze", metadata: { name: names.id }, spec: { from: isoOf(OPENS_AT), until: isoOf(OPENS_AT + 10 * MINUTE), tenantSelector: { matchLabels: { [PLAN_LABEL]: names.id } }, pauseRunning: true, owner: "sre", reason: "an incident" } }, names));

/** What a restore goes back to. */
export const BEFORE = "17.1.0";
const TAKEN_AT: Instant = FROM - 3 * DAY;

/** A copy that is whole, as an upgrade would have left it. */
export const restorePoint = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) {
    const uid = (await hands.get(OWN.Tenant, { name }))?.metadata.uid ?? "";
    const input = { owner: { name, uid }, platform: loadPlatform(undefined), attempt: `${name}-${OLD}`, version: BEFORE, now: TAKEN_AT };
    const volume = restorePointObject(input);
    await hands.apply(volume);
    const made = await hands.get(KINDS.PersistentVolumeClaim, { name: volume.metadata.name, namespace: namespaceOf(name) });
    await hands.apply(restorePointObject({ ...input, unmade: { name: volume.metadata.name, uid: made?.metadata.uid ?? "" } }));
  }
};

export const askForRestore = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { metadata: { annotations: { [ANNOTATION.restoreTo]: pointName(TAKEN_AT) } } });
};

export const confirmRestore = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) {
    const volume = await hands.get(KINDS.PersistentVolumeClaim, { name: pointName(TAKEN_AT).replace("restore-", "data-"), namespace: namespaceOf(name) });
    await hands.patch(OWN.Tenant, { name }, { metadata: { annotations: { [ANNOTATION.confirmRestore]: volume?.metadata.uid ?? "" } } });
  }
};

/** The day on which a plan begins. */
export const ONCE_A_YEAR = "0 2 2 12 *";
/** Closed as long as a plan lasts, for what ends now before the usual opening and now in it. */
export const IN_SUMMER = "0 2 1 7 *";

/** Whose deletion may have begun: there is one for all plans. */
export const emptyLedger = (names: Names) => owned({ apiVersion: API_VERSION, kind: "PurgeLedger", metadata: { name: PURGE_LEDGER_NAME }, spec: { purges: [] } }, names);

export const lapse = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { subscription: { lapsedAt: isoOf(FROM), retention: "168h" } } });
};

export const renew = async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { subscription: { lapsedAt: null } } });
};

export const setSuspended = (suspend: boolean) => async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { suspend } });
};
