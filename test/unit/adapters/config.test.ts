import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, loadPlatform } from "../../../src/adapters/config.ts";

describe("the platform's configuration", () => {
  let folder = "";
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "slacktide-config-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (text: string) => {
    const path = join(folder, "platform.yaml");
    writeFileSync(path, text);
    return loadPlatform(path);
  };

  it("has a default for everything, with or without a file", () => {
    expect(loadPlatform(undefined)).toEqual(load(""));
    expect(loadPlatform(undefined).pods).toEqual({
      minReadySeconds: 15,
      authGraceSeconds: 60,
      proxyGraceSeconds: 210,
      preStopSeconds: 30,
      verifySeconds: 120,
      stepDeadlineSeconds: 900,
    });
  });

  it("takes what the file says and keeps the other defaults", () => {
    const platform = load("pods: {verifySeconds: 1}\nvolume: {size: 5Gi, storageClassName: fast}\ndomainSuffixes: [.a.example, .b.example]");
    expect(platform.pods).toMatchObject({ verifySeconds: 1, minReadySeconds: 15 });
    expect(platform).toMatchObject({ volume: { size: "5Gi", storageClassName: "fast" }, domainSuffixes: [".a.example", ".b.example"] });
  });

  it("lists every mistake at once, each with its place", () => {
    const call = () => load("images: {auth: 'a:1'}\npods: {verifySeconds: -1, speed: 3}\nvolume: {size: big}\ndomainSuffixes: [example]");
    expect(call).toThrow(ConfigError);
    for (const place of ["images.auth", "pods.verifySeconds", "pods: ", "speed", "volume.size", "domainSuffixes.0"]) expect(call).toThrow(place);
  });

  it("accepts a registry with a port, which is no tag", () => {
    expect(load("images: {auth: 'registry.example:5000/teleport'}").images.auth).toBe("registry.example:5000/teleport");
  });

  it.each([
    ["YAML that does not parse", "a: [", "parse configuration"],
    ["a list", "- a", "the file"],
  ])("refuses %s in one line", (_name, text, message) => {
    expect(() => load(text)).toThrow(message);
    expect(() => load(text)).not.toThrow("\n");
  });

  it("says which file it cannot read", () => {
    expect(() => loadPlatform(join(folder, "none.yaml"))).toThrow(/read configuration ".*none\.yaml": ENOENT/);
  });
});
