/**
 * How fast a large fleet is foreseen, and with how much memory: `npm run bench:forecast`. 10,000 tenants in 200 windows over 13
 * weeks, two patches a week and a major, two canary waves. Times are given beside one decision for each tenant of the same fleet.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { API_VERSION } from "../src/api/index.ts";
import { foresee } from "../src/cli/foresee.ts";
import type { Manifest } from "../src/cli/manifests.ts";
import { viewIn, worldOf } from "../src/cli/world.ts";
import { loadPlatform } from "../src/adapters/config.ts";
import { usualAssumptions } from "../src/domain/forecast/assumptions.ts";
import { decideLanes } from "../src/domain/tenant/decide.ts";
import { DAY, isoOf } from "../src/domain/time.ts";

const { values } = parseArgs({ options: { tenants: { type: "string", default: "10000" }, windows: { type: "string", default: "200" }, weeks: { type: "string", default: "13" } } });
const [tenants, windows, weeks] = [Number(values.tenants), Number(values.windows), Number(values.weeks)];

const FROM = Date.UTC(2026, 10, 22);
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Los_Angeles", "Europe/London", "Australia/Sydney"] as const;

const manifests = [...windowObjects(), channelObject(), ...tenantObjects()];
const compiled = timed(() => worldOf(manifests, FROM));
const world = compiled.result;
const views = world.tenants.map((tenant) => viewIn(world, tenant));
const once = timed(() => views.map((view) => decideLanes(view, FROM)));
const foreseen = timed(() => foresee(world, FROM + weeks * 7 * DAY, usualAssumptions(loadPlatform(undefined).pods)));
const { starts } = foreseen.result;
const { maxRSS } = process.resourceUsage();

console.log(`tenants ${tenants}, windows ${windows}, weeks ${weeks}, maxParallel 200, waves 3`);
console.log(`compiled in               ${seconds(compiled.ms)}`);
console.log(`one decision a tenant     ${seconds(once.ms)}`);
console.log(`foreseen in               ${seconds(foreseen.ms)}   ${(foreseen.ms / once.ms).toFixed(1)} times one decision a tenant`);
console.log(`starts                    ${starts.length}   ${((foreseen.ms * 1000) / starts.length).toFixed(1)} µs a start`);
console.log(`memory at most            ${Math.round(maxRSS / 1024)} MB, limit 600 MB`);

interface Timed<T> {
  readonly result: T;
  readonly ms: number;
}

function timed<T>(run: () => T): Timed<T> {
  const begin = performance.now();
  const result = run();
  return { result, ms: performance.now() - begin };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function object(kind: string, name: string, spec: object, labels: Readonly<Record<string, string>> = {}): Manifest {
  return { apiVersion: API_VERSION, kind, metadata: { name, uid: name, labels }, spec };
}

function windowObjects(): readonly Manifest[] {
  return Array.from({ length: windows }, (_, n) => object("MaintenanceWindow", `w${n}`, { schedule: `${(n % 4) * 15} ${n % 24} * * ${n % 7}`, duration: "4h", timeZone: ZONES[n % ZONES.length] }));
}

/** A patch of both lines a week, and one more in between. */
function channelObject(): Manifest {
  const weekly = Array.from({ length: weeks + 1 }, (_, n) => [17, 18].map((major) => ({ version: `${major}.${major === 17 ? 2 : 1}.${n + 1}`, releasedAt: isoOf(FROM + (n * 7 - 3) * DAY) }))).flat();
  const releases = [{ version: "17.2.0", releasedAt: "2026-10-01T00:00:00Z" }, { version: "18.1.0", releasedAt: "2026-11-10T00:00:00Z" }, ...weekly];
  const wave = (name: string) => ({ name, tenantSelector: { matchLabels: { ring: name } }, required: 1, soak: "6h" });
  return object("ReleaseChannel", "stable", { releases, rollout: { maxParallel: 200, waves: [wave("canary"), wave("early"), { name: "everyone" }] } });
}

function tenantObjects(): readonly Manifest[] {
  return Array.from({ length: tenants }, (_, n) =>
    object("Tenant", `t${n}`, { domain: `t${n}.teleport.example`, region: "us-west-2", initialVersion: "17.2.0", windows: [`w${n % windows}`] }, { ring: n % 50 === 0 ? "canary" : n % 5 === 0 ? "early" : "late" }),
  );
}
