import { expect, it } from "vitest";
import type { TenantStatus } from "../../../src/api/index.ts";
import { regionsText } from "../../../src/cli/why-regions.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";

const told = (status: TenantStatus) => regionsText(status, 200).filter((line) => line !== "");
const region = (versions: string[], reachable: boolean) => ({ name: "eu-central-1", versions, reachable });

it.each<[what: string, status: TenantStatus, expected: readonly string[]]>([
  ["nothing of a tenant without such regions", { version: "17.2.3" }, []],
  ["nothing of one that is as it should be", { version: "17.2.3", regions: [region(["17.2.3"], true)] }, []],
  ["which one is out of reach, and what it may run", { version: "17.2.3", regions: [region(["17.2.1", "17.2.3"], false)] }, ["Region eu-central-1: out of reach; its proxies may run 17.2.1 and 17.2.3; they follow as soon as its cluster answers"]],
  ["that nobody knows", { version: "17.2.3", regions: [region([], false)] }, ["Region eu-central-1: out of reach; what its proxies run is not known; they follow as soon as its cluster answers"]],
  ["which one follows", { version: "17.2.3", regions: [region(["17.2.1"], true)] }, ["Region eu-central-1: follows to 17.2.3"]],
  ["not that it follows while the upgrade itself runs", { version: "17.2.3", regions: [region(["17.2.1"], true)], upgrade: upgradeOf() }, []],
])("why tells %s", (_what, status, expected) => {
  expect(told(status)).toEqual(expected);
});
