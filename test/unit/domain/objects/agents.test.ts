import { describe, expect, it } from "vitest";
import { agentChannels, maintenanceConfig } from "../../../../src/domain/objects/agents.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { tenantObjects, type TenantInput } from "../../../../src/domain/objects/tenant-objects.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";

const AT = "http://versions.example:8081/v1/0123";

function configMaps(agents: TenantInput["agents"]): Readonly<Record<string, unknown>> {
  const objects = tenantObjects({ owner: OWNER, spec: tenantSpec(), platform: PLATFORM, agents });
  return Object.fromEntries(objects.filter(({ kind }) => kind === "ConfigMap").map(({ metadata, ["data"]: data }) => [metadata.name, data]));
}

describe("what makes a tenant tell its agents", () => {
  it("the resource with their hour: days in full, each once, from Sunday on", () => {
    expect(JSON.parse(maintenanceConfig({ utcStartHour: 5, weekdays: ["Friday", "Tuesday"] }))).toEqual({
      kind: "cluster_maintenance_config",
      version: "v1",
      metadata: { name: "cluster-maintenance-config" },
      spec: { agent_upgrades: { utc_start_hour: 5, weekdays: ["Tuesday", "Friday"] } },
    });
  });

  it("the channels at which proxies ask: the version server's address, to which they append what they ask", () => {
    expect(agentChannels(AT)).toEqual({ default: { forward_url: `${AT}/default` }, "stable/cloud": { forward_url: `${AT}/stable/cloud` } });
  });

  it("both in the configuration of Auth and proxies, and nothing of it without agents.autoUpdate", () => {
    const [without, withHour, noHour] = [configMaps(undefined), configMaps({ schedule: { utcStartHour: 5, weekdays: ["Tuesday"] }, askedAt: AT }), configMaps({ schedule: undefined, askedAt: AT })];
    expect(JSON.stringify(without)).not.toMatch(/agents\.yaml|automatic_upgrades/);
    expect(withHour["auth-config"]).toHaveProperty(["agents.yaml"]);
    expect(JSON.stringify(withHour["proxy-config"])).toContain(`${AT}/default`);
    expect(noHour["auth-config"]).not.toHaveProperty(["agents.yaml"]);
  });

  it("the switch without which Teleport tells nothing; templates of everybody else are as they always were", () => {
    const input = { owner: OWNER, version: "17.2.1", platform: PLATFORM };
    const env = (template: PodTemplate) => JSON.stringify(template).includes('"env":[{"name":"TELEPORT_AUTOMATIC_UPGRADES","value":"true"}]');
    expect([env(authTemplate({ ...input, autoUpdate: true })), env(proxyTemplate({ ...input, autoUpdate: true }, "us-west-2"))]).toEqual([true, true]);
    expect(authTemplate({ ...input, autoUpdate: false })).toEqual(authTemplate(input));
    expect(JSON.stringify(proxyTemplate(input, "us-west-2"))).not.toContain('"env"');
  });
});
