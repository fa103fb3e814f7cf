import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ANNOTATION, type TenantStatus } from "../../../src/api/index.ts";
import { tenantOf } from "../../fixtures/tenant.ts";
import { json, startServer } from "../kube/scripted-server.ts";
import { fileWith } from "./files.ts";
import { refusalOf, run } from "./run.ts";

const POINTS = [
  { name: "restore-2", kind: "Copy" as const, takenAt: "2026-11-24T02:05:12Z", version: "17.2.1", attempt: "acme-2", confirmed: false },
  { name: "restore-1", kind: "Copy" as const, takenAt: "2026-11-17T02:05:12Z", version: "17.2.1", attempt: "acme-1", confirmed: true },
];
const READY = { type: "RestoreReady", status: "True" as const, reason: "ConfirmationNeeded", message: `Whole: volume data-1; to switch to it: kubectl annotate tenant acme ${ANNOTATION.confirmRestore}=uid-1 --overwrite`, lastTransitionTime: "2026-11-24T03:00:00Z" };

/** A cluster with the tenant acme, and what was written to it. */
async function asked(args: readonly string[], status: TenantStatus, ask: (args: readonly string[]) => Promise<unknown> = run) {
  const written: unknown[] = [];
  await using server = await startServer(({ method, body }, response) => {
    if (method !== "GET") written.push(JSON.parse(body));
    json(response, { ...tenantOf(), status });
  });
  const named = (value: object) => [{ name: "test", ...value }];
  const kubeconfig = fileWith(
    stringify({ apiVersion: "v1", kind: "Config", "current-context": "test", clusters: named({ cluster: { server: `http://127.0.0.1:${server.port}` } }), users: named({ user: { token: "none" } }), contexts: named({ context: { cluster: "test", user: "test" } }) }),
    "kubeconfig.yaml",
  );
  return { said: await ask(["restore", "acme", ...args, "--kubeconfig", kubeconfig]), written };
}

const STATUS: TenantStatus = { restorePoints: POINTS };

describe("slacktide restore", () => {
  it("lists the restore points, and what is ready", async () => {
    const { said, written } = await asked([], { ...STATUS, conditions: [READY] });
    expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/NAME +VERSION +TAKEN +KIND +WHOLE\nrestore-2 .* no\nrestore-1 .* yes\n\nWhole: volume data-1/) as unknown });
    expect(written).toEqual([]);
    expect((await asked([], {})).said).toMatchObject({ out: "no restore points\n" });
  });

  it("asks for one under a name of its own, and takes back what was confirmed before", async () => {
    const { said, written } = await asked(["--to", "restore-1"], STATUS);
    expect(written).toEqual([{ metadata: { annotations: { [ANNOTATION.restoreTo]: "restore-1/20261123t120000z", [ANNOTATION.confirmRestore]: null } } }]);
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining("being prepared") as unknown });
  });

  it("confirms the volume that was prepared", async () => {
    const { written } = await asked(["--confirm", "uid-1"], { ...STATUS, conditions: [READY] });
    expect(written).toEqual([{ metadata: { annotations: { [ANNOTATION.confirmRestore]: "uid-1" } } }]);
  });

  it("changes nothing with --dry-run", async () => {
    const { said, written } = await asked(["--to", "restore-1", "--dry-run"], STATUS);
    expect([said, written]).toMatchObject([{ code: 0, out: `${ANNOTATION.restoreTo}=restore-1/20261123t120000z\n` }, []]);
  });

  it.each<[why: string, args: readonly string[], status: TenantStatus, message: string]>([
    ["a point that is none", ["--to", "restore-3"], STATUS, 'has no restore point "restore-3", but: restore-2, restore-1'],
    ["a point that is not whole", ["--to", "restore-2"], STATUS, "is not known to be whole"],
    ["a confirmation of nothing", ["--confirm", "uid-1"], STATUS, "no restore was asked for"],
    ["a confirmation of what is being prepared", ["--confirm", "uid-1"], { ...STATUS, conditions: [{ ...READY, status: "False", reason: "Preparing", message: "Preparing volume data-1" }] }, "Preparing volume data-1"],
    ["a confirmation of another volume", ["--confirm", "uid-2"], { ...STATUS, conditions: [READY] }, "is not the uid of what was prepared"],
    ["another one while the tenant is being restored", ["--to", "restore-1"], { ...STATUS, phase: "Restoring" }, "is being restored already"],
    ["both at once", ["--to", "restore-1", "--confirm", "uid-1"], STATUS, "exclude each other"],
  ])("refuses %s in one line, and writes nothing", async (_why, args, status, message) => {
    const { said, written } = await asked(args, status, refusalOf);
    expect([said, written]).toEqual([expect.stringContaining(message), []]);
  });
});
