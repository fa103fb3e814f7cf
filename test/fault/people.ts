import { API_VERSION } from "../../src/api/index.ts";
import { namespaceOf } from "../../src/domain/objects/names.ts";
import { isoOf, MINUTE } from "../../src/domain/time.ts";
import { agent, channel, release, tenant, window, type Manifest } from "../support/fleet.ts";
import { OPENS_AT } from "./dates.ts";
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

export const setSuspended = (suspend: boolean) => async (hands: Hands, names: Names) => {
  for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { suspend } });
};
