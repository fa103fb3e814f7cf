import { describe, expect, it } from "vitest";
import { awayWorkload, regionsSaid } from "../../../../src/domain/upgrade/away.ts";
import { catchUp } from "../../../../src/domain/upgrade/catch-up.ts";
import { clockedStep, isAvailable, isSettledAt, regionsAway, wouldOvertake, type Workload, type Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { workload } from "../../../fixtures/workloads.ts";

const [OLD, NEW] = ["17.2.1", "17.2.3"];
const REGION = "eu-central-1";
const auth = workload("auth", NEW);
const away = (more: Partial<Parameters<typeof awayWorkload>[0]> = {}): Workload => awayWorkload({ region: REGION, said: { versions: [OLD] }, upgrade: undefined, auth, ...more });
const abroad = (region: string, version: string, more: Partial<Workload> = {}): Workload => workload(`proxy-${region}`, version, { isAbroad: true, ...more });
const all = (...proxies: readonly Workload[]): Workloads => ({ auth, proxies, leaving: [] });

describe("a region out of reach", () => {
  it("is neither settled nor available, whatever it was last seen at", () => {
    expect([isSettledAt(away(), OLD), isAvailable(away())]).toEqual([false, false]);
  });

  it.each<[what: string, more: Partial<Parameters<typeof awayWorkload>[0]>, versions: readonly string[]]>([
    ["counts at what it was last seen at", {}, [OLD]],
    ["counts at the version that it was asked to run", { upgrade: { asked: [REGION], to: NEW } }, [OLD, NEW]],
    ["does not count at one that others were asked to run", { upgrade: { asked: ["ap-south-1"], to: NEW } }, [OLD]],
    ["counts at what Auth runs if nothing is on record", { said: undefined }, [NEW, NEW]],
    ["counts so if the record says nothing", { said: { versions: [] } }, [NEW, NEW]],
  ])("%s", (_what, more, versions) => {
    expect(away(more).podVersions).toEqual(versions);
  });

  it("keeps Auth from going below what it was asked to run, and from nothing else", () => {
    const asked = all(away({ upgrade: { asked: [REGION], to: NEW } }));
    expect([wouldOvertake(asked, auth, OLD), wouldOvertake(all(away()), auth, OLD), wouldOvertake(asked, auth, "18.0.1")]).toEqual([true, false, false]);
  });

  it("is said with what it may run, after those that are seen; nothing where nothing is known", () => {
    const left = [{ name: "ap-south-1", versions: [OLD], reachable: false }];
    expect(regionsSaid(all(away({ said: undefined }), abroad("sa-east-1", NEW), workload("proxy-us-west-2", NEW)), left)).toEqual([
      ...left,
      { name: REGION, versions: [], reachable: false },
      { name: "sa-east-1", versions: [NEW], reachable: true },
    ]);
  });

  it("has its own clock for every step", () => {
    expect([clockedStep("Proxy", all(abroad(REGION, NEW))), clockedStep("Proxy", all(away()))]).toEqual(["Proxy", `Proxy, without ${REGION}`]);
    expect(regionsAway(all(away(), awayWorkload({ region: "ap-south-1", said: undefined, upgrade: undefined, auth })))).toEqual(["ap-south-1", REGION]);
  });
});

describe("a region that is back", () => {
  const roll = (name: string) => ({ workload: `proxy-${name}`, version: NEW, back: false });

  it.each<[what: string, workloads: Workloads, expected: object | undefined]>([
    ["follows to what Auth runs", all(abroad(REGION, OLD)), roll(REGION)],
    ["has nothing to do at that version", all(abroad(REGION, NEW)), undefined],
    ["is never taken down", all(abroad(REGION, "17.2.5")), undefined],
    ["is made by others if it is not there", all(abroad(REGION, OLD, { exists: false })), undefined],
    ["waits for Auth", { ...all(abroad(REGION, OLD)), auth: workload("auth", NEW, { available: 0 }) }, undefined],
    ["waits for an old pod of Auth", { ...all(abroad(REGION, OLD)), auth: workload("auth", NEW, { podVersions: [NEW, OLD] }) }, undefined],
    ["follows region by region", all(abroad("ap-south-1", OLD), abroad(REGION, OLD)), roll("ap-south-1")],
    ["waits for the one before", all(abroad("ap-south-1", NEW, { podVersions: [OLD, NEW] }), abroad(REGION, OLD)), undefined],
    ["does not wait for one that runs the version and is not well", all(abroad("ap-south-1", NEW, { available: 0 }), abroad(REGION, OLD)), roll(REGION)],
    ["does not wait for one that is out of reach", all(away(), abroad("sa-east-1", OLD)), roll("sa-east-1")],
    ["is none of this cluster's", all(workload("proxy-us-west-2", OLD)), undefined],
  ])("%s", (_what, workloads, expected) => {
    expect(catchUp(workloads, NEW)).toEqual(expected);
  });
});
