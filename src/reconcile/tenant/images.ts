import type { Images } from "../../domain/release/channel.ts";
import { AUTH } from "../../domain/objects/names.ts";
import { digestOf } from "../../domain/objects/pod-template.ts";
import type { ObservedTenant } from "./observe.ts";

/** The digests that the attempt began with, whatever has become of the catalogue; else those of the catalogue, or of what runs if that no longer lists it. */
export function imagesOf({ channel, upgrade, observed: { wanted } }: Pick<ObservedTenant, "channel" | "upgrade" | "observed">, version: string): Images {
  const begun = wanted.find(({ roll }) => roll?.attempt !== undefined && roll.attempt.id === upgrade?.id && roll.attempt.to === version)?.roll?.attempt;
  if (begun?.images !== undefined) return begun.images;
  const release = channel?.kind === "valid" ? channel.releases.find((each) => each.version === version) : undefined;
  return release?.images ?? runningImages(wanted, version);
}

function runningImages(wanted: ObservedTenant["observed"]["wanted"], version: string): Images {
  const digests = wanted.flatMap(({ name, roll }) => {
    const digest = roll?.version === version ? digestOf(roll.template) : undefined;
    return digest === undefined ? [] : [{ isAuth: name === AUTH, digest }];
  });
  const [auth, proxy] = [true, false].map((isAuth) => digests.find((each) => each.isAuth === isAuth)?.digest);
  return { ...(auth !== undefined && { auth }), ...(proxy !== undefined && { proxy }) };
}
