import { join } from "node:path";
import { z } from "zod";
import { buildRecipe, type GoModule } from "./build.ts";
import { cached } from "./cache.ts";
import type { Log } from "./failure.ts";
import { isExecutable } from "./tools.ts";

/** How much of a control plane: each profile has all that the one before it has. */
export const Profile = z.enum(["light", "controllers", "full"]);
export type Profile = z.infer<typeof Profile>;

/** Names of the processes, in the order in which they start. */
export const Component = z.enum(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"]);
export type Component = z.infer<typeof Component>;

/** What to run for a component, before its flags; `leashed`: it ends by itself when its standard input closes. */
export const Program = z.object({ file: z.string(), args: z.array(z.string()).readonly(), leashed: z.boolean() }).readonly();
export type Program = z.infer<typeof Program>;

export const Programs = z.partialRecord(Component, Program).readonly();
export type Programs = z.infer<typeof Programs>;

/** The components of each profile. */
export const COMPONENTS: Readonly<Record<Profile, readonly Component[]>> = {
  light: ["etcd", "kube-apiserver"],
  controllers: ["etcd", "kube-apiserver", "kube-controller-manager"],
  full: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"],
};

/** The programs for a profile: from `KUBEBUILDER_ASSETS`, from the cache, else built with Go now. */
export async function findPrograms(profile: Profile, log: Log): Promise<Programs> {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "" && assetsSuffice(assets, profile, log)) return fromAssets(assets);
  const controlplane = join(await cachedModule("controlplane", log), "controlplane");
  const programs = Object.fromEntries(
    COMPONENTS[profile].map((name): [Component, Program] => [name, { file: controlplane, args: [name], leashed: true }]),
  );
  if (profile !== "full") return programs;
  return { ...programs, kwok: { file: join(await cachedModule("kwok", log), "kwok"), args: [], leashed: true } };
}

const cachedModule = (module: GoModule, log: Log) => cached(buildRecipe(module, log), log);

function assetsSuffice(assets: string, profile: Profile, log: Log): boolean {
  const missing = COMPONENTS.light.filter((name) => !isExecutable(join(assets, name)));
  if (missing.length > 0) log(`KUBEBUILDER_ASSETS (${assets}) lacks ${missing.join(" and ")}: using an own build instead`);
  else if (profile !== "light") log(`KUBEBUILDER_ASSETS suffices for profile light only, not ${profile}: using an own build instead`);
  return missing.length === 0 && profile === "light";
}

function fromAssets(assets: string): Programs {
  const names = COMPONENTS.light;
  return Object.fromEntries(names.map((name): [Component, Program] => [name, { file: join(assets, name), args: [], leashed: false }]));
}
