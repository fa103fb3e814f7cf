import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { buildRecipe } from "../../tools/cluster/build.ts";
import { cached, folderOf } from "../../tools/cluster/cache.ts";
import { type Cluster, findCluster, startCluster, type StartOptions } from "../../tools/cluster/cluster.ts";
import { clusterDir } from "../../tools/cluster/places.ts";
import { freePort } from "../../tools/cluster/ports.ts";
import { isAlive, killForGood, recordOf } from "../../tools/cluster/processes.ts";
import { readPids, writeOwner, writePids } from "../../tools/cluster/state.ts";
import { allGone, cli, eventually, pathWithoutGo, processesOf, starter, temporaryFolder } from "./support.ts";

const lines: string[] = [];
const log = (line: string) => void lines.push(line);
const running: Cluster[] = [];

async function start(options: Partial<StartOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({ profile: "light", log, ...options });
  running.push(cluster);
  return cluster;
}

/** A name that no other run of these tests has. */
const unique = (word: string) => `${word}-${process.pid}`;

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((cluster) => cluster.stop()));
  lines.length = 0;
});

describe("a light cluster", () => {
  test("runs beside another without seeing it", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await one.kubectl(["create", "namespace", "only-in-one"]);
    expect(await one.kubectl(["get", "namespaces", "-o", "name"])).toContain("namespace/only-in-one");
    expect(await two.kubectl(["get", "namespaces", "-o", "name"])).not.toContain("only-in-one");
    expect(one.server).not.toBe(two.server);
    expect(await one.helm(["list", "--all-namespaces", "-o", "json"])).toBe("[]\n");
  });

  test("ends every process and removes its folder when stopped, and may be stopped twice", async () => {
    const cluster = await start();
    const processes = processesOf(cluster.dir);
    await cluster.stop();
    await cluster.stop();
    expect(processes).toHaveLength(3);
    expect(processes.filter((record) => isAlive(record))).toEqual([]);
    expect(existsSync(cluster.dir)).toBe(false);
  });

  test("keeps its objects and its address when the API server is killed and started again", async () => {
    const cluster = await start();
    await cluster.kubectl(["create", "namespace", "kept"]);
    const before = processesOf(cluster.dir);
    await cluster.restartApiServer();
    expect(await cluster.kubectl(["get", "namespace", "kept", "-o", "name"])).toBe("namespace/kept\n");
    expect(processesOf(cluster.dir).filter((record) => !before.some(({ pid }) => pid === record.pid))).toHaveLength(1);
  });

  test("has its port free at once when its API server has been killed for good", async () => {
    const cluster = await start();
    const port = Number(new URL(cluster.server).port);
    for (let times = 1; times <= 4; times += 1) {
      const apiServer = readPids(cluster.dir)?.components["kube-apiserver"];
      if (apiServer === undefined) throw new Error("no API server is recorded");
      await killForGood(apiServer);
      expect(await freePort(port)).toBe(port);
      await eventually("it answers", () => cluster.kubectl(["get", "namespaces"]).then(() => true, () => false));
    }
  });

  test("starts a component again that somebody killed", async () => {
    const cluster = await start();
    const before = processesOf(cluster.dir);
    await Promise.all(before.slice(1).map((record) => killForGood(record)));
    await eventually("both run again", () => processesOf(cluster.dir).filter((record) => isAlive(record)).length === 3);
    await eventually("it answers", () => cluster.kubectl(["get", "namespaces"]).then(() => true, () => false));
    expect(processesOf(cluster.dir).filter(({ pid }) => before.some((each) => each.pid === pid))).toHaveLength(1);
  });

  test("has each write in the audit log before the writer has its answer, and no read", async () => {
    const cluster = await start({ audit: true });
    await cluster.kubectl(["create", "configmap", "written", "--from-literal=a=b"]);
    await cluster.kubectl(["get", "configmaps"]);
    const events: unknown[] = readFileSync(cluster.auditLog, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    expect(events).toMatchObject([{
      verb: "create",
      level: "RequestResponse",
      user: { username: "admin" },
      objectRef: { resource: "configmaps", name: "written" },
      requestObject: { data: { a: "b" } },
    }]);
  });

  test("runs from KUBEBUILDER_ASSETS, and such foreign programs too end with a killed supervisor", async () => {
    using assets = temporaryFolder();
    const build = await cached(buildRecipe("controlplane", log), log);
    for (const name of ["etcd", "kube-apiserver"]) {
      const script = join(assets.path, name);
      writeFileSync(script, `#!/bin/sh\nunset SLACKTIDE_LEASH\nexec ${join(build, "controlplane")} ${name} "$@"\n`);
      chmodSync(script, 0o755);
    }
    vi.stubEnv("KUBEBUILDER_ASSETS", assets.path);
    const cluster = await start();
    expect(await cluster.kubectl(["get", "--raw", "/readyz"])).toBe("ok");
    const processes = processesOf(cluster.dir);
    process.kill(processes[0]!.pid, "SIGKILL");
    await allGone(processes);
  });
});

describe("one clear line", () => {
  test("for a busy port", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toThrow(new RegExp(`^port ${port} of 127\\.0\\.0\\.1 is in use: .*--port.*$`));
    server.close();
  });

  test("for a name that is taken", async () => {
    const name = unique("taken");
    await start({ name });
    await expect(start({ name })).rejects.toThrow(/^cluster "taken-\d+" is already running .*--name.*$/);
  });

  test("for a machine without Go", async () => {
    using cache = temporaryFolder();
    const result = await cli(["up", "--profile", "light"], { SLACKTIDE_CACHE: cache.path, PATH: pathWithoutGo(), KUBEBUILDER_ASSETS: "" });
    expect(result.code).toBe(1);
    expect(result.err.trim().split("\n").at(-1)).toMatch(/^the local cluster is built with Go .*: no go in PATH: install Go .*SLACKTIDE_KUBECONFIG$/);
  });

  test("for a half-written build, which is never run", async () => {
    using cache = temporaryFolder();
    const recipe = buildRecipe("controlplane", log);
    const whole = await cached(recipe, log);
    vi.stubEnv("SLACKTIDE_CACHE", cache.path);
    const copy = folderOf(recipe);
    cpSync(whole, copy, { recursive: true });
    truncateSync(join(copy, "controlplane"), 1_000_000);
    const result = await cli(["up", "--profile", "light"], { PATH: pathWithoutGo(), KUBEBUILDER_ASSETS: "" });
    expect(result.err).toContain(`controlplane: removing the half-written ${copy}\n`);
    expect(result.err).toContain("no go in PATH");
    expect(existsSync(copy)).toBe(false);
  });

  test("for an explicit kubeconfig that cannot be read", async () => {
    vi.stubEnv("SLACKTIDE_KUBECONFIG", "/nowhere/at/all");
    await expect(start()).rejects.toThrow(/^SLACKTIDE_KUBECONFIG \(\/nowhere\/at\/all\) cannot be read: .*: correct or unset it$/);
  });
});

describe("an explicit kubeconfig", () => {
  test("names the cluster that is used, and that one is not stopped", async () => {
    const real = await start();
    vi.stubEnv("SLACKTIDE_KUBECONFIG", real.kubeconfig);
    const used = await startCluster({ profile: "full", log });
    expect(used.server).toBe(real.server);
    expect(readFileSync(used.caFile, "utf8")).toBe(readFileSync(real.caFile, "utf8"));
    await expect(used.restartApiServer()).rejects.toThrow("SLACKTIDE_KUBECONFIG");
    await used.stop();
    expect(await real.kubectl(["get", "--raw", "/readyz"])).toBe("ok");
  });
});

describe("a killed predecessor", () => {
  test("ends by itself when only its starter was killed", async () => {
    const { child, dir } = await starter(unique("orphan"));
    const processes = processesOf(dir);
    child.kill("SIGKILL");
    await allGone(processes);
    await eventually("its folder is gone", () => !existsSync(dir));
    expect(processes).toHaveLength(3);
  });

  test("leaves no process when its supervisor is killed too, and the next start of that name cleans up", async () => {
    const name = unique("killed");
    const { child, dir } = await starter(name);
    const processes = processesOf(dir);
    process.kill(processes[0]!.pid, "SIGKILL");
    child.kill("SIGKILL");
    await allGone(processes);
    // Its folder may be gone already: any other start on this machine cleans up too. Were it still there, and not
    // cleaned up, this start would fail.
    const next = await start({ name });
    expect(next.dir).toBe(dir);
    expect(await next.kubectl(["get", "--raw", "/readyz"])).toBe("ok");
  });

  test("costs no stranger its life that has its process number now", async () => {
    const stranger = spawn("sleep", ["60"]);
    const record = recordOf(stranger.pid!);
    const name = unique("stranger");
    using made = temporaryFolder();
    const dir = join(made.path, name);
    mkdirSync(dir);
    const before = { pid: stranger.pid!, born: "before the stranger" };
    writeOwner(dir, { process: before, detached: false });
    writePids(dir, { supervisor: before, components: { etcd: before } });
    // Complete before it is in place: another start might look at it at any moment.
    cpSync(dir, `${clusterDir(name)}.copy`, { recursive: true });
    renameSync(`${clusterDir(name)}.copy`, clusterDir(name));
    await start({ name });
    expect(isAlive(record!)).toBe(true);
    stranger.kill();
  });
});

describe("npm run cluster", () => {
  test("up leaves the cluster running, status shows it, down ends it", async () => {
    const name = unique("cli");
    const up = await cli(["up", "--profile", "light", "--name", name]);
    expect(up).toMatchObject({ code: 0 });
    const cluster = await findCluster(name, log);
    const processes = processesOf(cluster!.dir);
    expect(await cluster!.kubectl(["get", "--raw", "/readyz"])).toBe("ok");
    expect((await cli(["up", "--name", name])).out).toContain("already running");
    expect((await cli(["status", "--name", name])).out).toMatch(/light +running +\d+ MiB/);
    expect((await cli(["down", "--name", name])).out).toContain("stopped");
    expect(processes.filter((record) => isAlive(record))).toEqual([]);
    expect(await findCluster(name, log)).toBeUndefined();
  });
});
