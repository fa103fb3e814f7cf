import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { hasSucceeded, isOperators, readAudit, type AuditEvent } from "../support/audit.ts";
import { apply, channel, channelStatus, freeze, release, tenant, tenantStatus, tenantStatuses, window, type Manifest } from "../support/fleet.ts";
import { FaultProxy, type Write } from "../support/proxy.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const WITHIN_MS = 30_000;
const CADENCE: Manifest = { patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" } };
/** Frozen; free to go; paused in the middle of an upgrade; and one whose window opens meanwhile. */
const FLEET: Readonly<Record<string, Manifest>> = {
  acme: { windows: ["nightly"] },
  globex: { windows: ["nightly"] },
  initech: { windows: ["late"], proxyRegions: ["us-west-2", "eu-central-1"] },
  hooli: { windows: ["later"] },
};

let stage: Stage;
let proxy: FaultProxy;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  stage = await startStage();
  proxy = await FaultProxy.start(stage.cluster);
  const windows = [window("nightly", "0 2 * * *"), window("late", "0 4 * * *"), window("later", "10 4 * * *")];
  await apply(stage.cluster, channel([release("17.2.1")], CADENCE), ...windows, ...Object.entries(FLEET).map(([name, spec]) => tenant(name, spec)));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
  await apply(stage.cluster, channel([release("17.2.1"), release("17.2.3")], CADENCE));
});

afterAll(async () => {
  await operator?.kill();
  await stage?.stop();
  await proxy?.stop();
});

describe("a tenant that a freeze covers", () => {
  beforeAll(async () => {
    await apply(stage.cluster, freeze("audit", { from: "2026-12-02T01:00:00Z", until: "2026-12-02T03:00:00Z", tenantSelector: { matchLabels: { "slacktide.dev/name": "acme" } }, reason: "yearly audit" }));
    await stage.rehearse("2026-12-02T01:50:00Z", "2026-12-02T02:50:00Z");
  });

  test("waits in its open window, and says until when and why; its neighbour does not wait", async () => {
    const { acme, globex } = await tenantStatuses(stage.cluster);
    expect(globex).toMatchObject({ version: "17.2.3" });
    expect(acme).toMatchObject({
      version: "17.2.1",
      target: "17.2.3",
      lanes: { patch: { holds: [{ code: "Frozen", message: "freeze audit: yearly audit (sre)", until: "2026-12-02T03:00:00Z", source: { kind: "Freeze", name: "audit" } }], nextEligibleAt: "2026-12-02T03:00:00Z" } },
    });
  });

  test("the freeze says that it holds, and whom", async () => {
    expect(await kubectl("get", "fz")).toMatch(/^NAME +FROM +UNTIL +ACTIVE +TENANTS +OWNER +AGE\naudit +2026-12-02T01:00:00Z +2026-12-02T03:00:00Z +true +1 +sre /);
  });

  test("starts when it ends", async () => {
    await stage.rehearse("2026-12-02T02:55:00Z", "2026-12-02T03:30:00Z");
    const { version, history } = await tenantStatus(stage.cluster, "acme");
    expect([version, history?.[0]?.disruptiveAt?.slice(0, 16)]).toEqual(["17.2.3", "2026-12-02T03:00"]);
    expect(await kubectl("get", "fz", "--no-headers")).toMatch(/ false +1 /);
  });
});

describe("the red button in the middle of an upgrade", () => {
  const isNew = (object: unknown) => JSON.stringify(object ?? "").includes(":17.2.3");
  const isRoll = ({ method, path, body }: Write) => method === "PATCH" && path.endsWith("/tenant-initech/deployments/auth") && isNew(body);

  beforeAll(async () => {
    const held = proxy.hold(isRoll);
    operator = stage.start({ from: "2026-12-03T03:59:50Z", until: "2026-12-03T06:00:00Z", kubeconfig: proxy.kubeconfigBeside(stage.kubeconfig) });
    const write = await Promise.race([held, sleep(WITHIN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no upgrade began:\n${stage.lastWords()}`)))]);
    await apply(stage.cluster, freeze("red-button", { from: "2026-12-03T00:00:00Z", until: "2026-12-03T05:00:00Z", pauseRunning: true, reason: "packet loss" }));
    await write.forward();
    await stage.until("both are upgraded", async () => Object.values(await tenantStatuses(stage.cluster)).every(({ version }) => version === "17.2.3"));
    await stage.until("no slot is held", async () => ((await channelStatus(stage.cluster)).slots ?? []).length === 0);
    await operator?.stop();
  });

  const statusOf = ({ responseObject }: AuditEvent) => responseObject?.status as TenantStatus | undefined; // of a Tenant
  const isPaused = (event: AuditEvent) => event.objectRef?.name === "initech" && statusOf(event)?.phase === "Paused";
  const rolls = (workload: string) => ({ objectRef, responseObject }: AuditEvent) => objectRef?.namespace === "tenant-initech" && objectRef.name === workload && isNew(responseObject?.spec);

  test("holds it before its next region, and it says so", () => {
    const status = writes().filter(isPaused).map(statusOf)[0];
    expect(status).toMatchObject({ version: "17.2.1", upgrade: { to: "17.2.3" } });
    expect(status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message].join(" "))).toEqual(
      expect.arrayContaining(["Ready True Upgrading Upgrading to 17.2.3", "Reconciling True Paused 17.2.1 to 17.2.3: held before its next step by freeze red-button"]),
    );
  });

  test("it goes on when the freeze is over, and ends well", async () => {
    const order = [rolls("auth"), isPaused, rolls("proxy-eu-central-1"), rolls("proxy-us-west-2")].map((isIts) => writes().findIndex(isIts));
    expect(order).toEqual(order.filter((place) => place >= 0).sort((a, b) => a - b));
    const { history } = await tenantStatus(stage.cluster, "initech");
    expect([history?.[0]?.result, String(history?.[0]?.finishedAt) >= "2026-12-03T05:00:00Z"]).toEqual(["Succeeded", true]);
  });

  test("nothing else started before its end", async () => {
    const { history } = await tenantStatus(stage.cluster, "hooli");
    expect(String(history?.[0]?.disruptiveAt) >= "2026-12-03T05:00:00Z").toBe(true);
  });
});

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);

function writes(): readonly AuditEvent[] {
  return readAudit(stage.cluster).filter((event) => isOperators(event) && hasSucceeded(event));
}
