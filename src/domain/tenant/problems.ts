import type { Tenant } from "../../api/index.ts";
import type { Platform } from "../objects/platform.ts";
import type { Channel, InvalidChannel } from "../release/channel.ts";
import { majorOf, parseVersion } from "../release/version.ts";
import type { Problem } from "../status/conditions.ts";

/** What the problems of a tenant's spec are judged against: things CEL cannot know. */
export interface ProblemTerms {
  readonly platform: Platform;
  readonly channel: Channel | InvalidChannel | undefined;
  readonly provisioned: boolean;
}

/** Everything in a tenant's spec that a person has to mend (design §2: `Stalled` with the remedy in the message). */
export function specProblems(tenant: Tenant, terms: ProblemTerms): readonly Problem[] {
  return [...domainProblems(tenant, terms), ...channelProblems(tenant, terms), ...versionProblems(tenant, terms)];
}

/** A domain starts with its tenant's name, so no two tenants can have the same one (invariant I15). */
function domainProblems({ spec }: Tenant, { platform }: ProblemTerms): readonly Problem[] {
  if (platform.domainSuffixes.some((suffix) => spec.domain.endsWith(suffix))) return [];
  const suffixes = [...platform.domainSuffixes].sort().join(", ");
  return [{ reason: "DomainNotAllowed", message: `spec.domain "${spec.domain}" must end in one of ${suffixes}` }];
}

function channelProblems({ spec }: Tenant, { channel }: ProblemTerms): readonly Problem[] {
  if (channel === undefined) {
    return [{ reason: "ChannelNotFound", message: `spec.channel: there is no ReleaseChannel "${spec.channel}"; create it or name another` }];
  }
  if (channel.kind === "valid") return [];
  return [{ reason: "ChannelInvalid", message: `ReleaseChannel "${channel.name}" cannot be used: ${channel.problems.join("; ")}` }];
}

function versionProblems({ spec }: Tenant, { channel, provisioned }: ProblemTerms): readonly Problem[] {
  if (spec.initialVersion === undefined || provisioned || channel?.kind !== "valid") return [];
  const version = parseVersion(spec.initialVersion);
  const release = channel.releases.find((each) => each.version === version);
  const problem = (why: string) => [{ reason: "InitialVersionUnusable", message: `spec.initialVersion ${spec.initialVersion ?? ""} ${why}` }];
  if (version === undefined || release === undefined) return problem(`is not a release of ReleaseChannel "${channel.name}"`);
  if (release.withdrawn) return problem("was withdrawn: choose another release");
  const { maxMajor } = spec.upgrades;
  return maxMajor !== undefined && majorOf(version) > maxMajor ? problem(`is above spec.upgrades.maxMajor ${maxMajor}`) : [];
}
