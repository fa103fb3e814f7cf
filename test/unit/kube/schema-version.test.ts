import { expect, test } from "vitest";
import { ALL_KINDS, ANNOTATION, crdOf, isSameSchema } from "../../../src/api/index.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import type { KubeObject, Ref } from "../../../src/kube/kind.ts";
import { refuseOtherSchemas } from "../../../src/kube/schema-version.ts";
import { FakeTime } from "../runtime/fake-time.ts";

const INSTALLED: Readonly<Record<string, KubeObject>> = Object.fromEntries(ALL_KINDS.map((definition) => [crdOf(definition).metadata.name, crdOf(definition)]));
const NEVER = new AbortController().signal;

function judge(installed: Readonly<Record<string, KubeObject | undefined>>, failures: Error[] = []) {
  const time = new FakeTime();
  const get = async (_: unknown, { name }: Ref): Promise<never> => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return installed[name] as never; // a CustomResourceDefinition as far as it is looked at
  };
  return { time, judged: refuseOtherSchemas({ get }, time, NEVER).then(() => "fine", String) };
}

const withVersion = (version: string): KubeObject => ({ apiVersion: "", kind: "", metadata: { name: "", annotations: { [ANNOTATION.schemaVersion]: version } } });

test("the schemas of this version are fine", async () => {
  expect(await judge(INSTALLED).judged).toBe("fine");
});

test("those that another release brought unchanged are fine too", async () => {
  const { annotations = {} } = INSTALLED["tenants.slacktide.dev"]?.metadata ?? {};
  const later = (annotations[ANNOTATION.schemaVersion] ?? "").replace(/^[^-]+/, "9.9.9");
  expect(later).toMatch(/^9\.9\.9-/);
  expect(await judge({ ...INSTALLED, "tenants.slacktide.dev": withVersion(later) }).judged).toBe("fine");
});

test("all that are missing or different are named in one line, with the remedy", async () => {
  const installed = { ...INSTALLED, "tenants.slacktide.dev": withVersion("0.0.1-000000000000"), "leaderships.slacktide.dev": undefined };
  const said = await judge(installed).judged;
  expect(said).toContain('"tenants.slacktide.dev" has schema 0.0.1-000000000000, this operator knows');
  expect(said).toContain('"leaderships.slacktide.dev" is missing');
  expect(said).toMatch(/: install the CustomResourceDefinitions of this version, with helm upgrade or kubectl apply -f crds\/$/);
});

test("an API server that doesn't answer is waited for, a refusal is not", async () => {
  const away = () => new KubeError({ what: "read", why: "no answer", outcome: "not-sent" });
  const patient = judge(INSTALLED, [away(), away(), away(), away()]);
  await patient.time.advance(5_000);
  expect(await patient.judged).toBe("fine");
  const forbidden = judge(INSTALLED, [new KubeError({ what: "read CustomResourceDefinition", why: "403", outcome: "refused", status: 403 })]);
  expect(await forbidden.judged).toContain("403");
});

test("a change of a schema changes its version, and nothing else does", () => {
  const versions = ALL_KINDS.map((definition) => crdOf(definition).metadata.annotations[ANNOTATION.schemaVersion] ?? "");
  expect(new Set(versions.map((version) => version.split("-").at(-1))).size).toBe(ALL_KINDS.length);
  expect(isSameSchema("1.0.0-aaaaaaaaaaaa", "2.0.0-aaaaaaaaaaaa")).toBe(true);
  expect(isSameSchema("1.0.0-aaaaaaaaaaaa", "1.0.0-aaaaaaaaaaab")).toBe(false);
});
