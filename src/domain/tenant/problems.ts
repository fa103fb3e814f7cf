import type { Tenant } from "../../api/index.ts";
import { isOnAws } from "../objects/aws/names.ts";
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
  return [...domainProblems(tenant, terms), ...regionProblems(tenant, terms), ...channelProblems(tenant, terms), ...versionProblems(tenant, terms), ...awsProblems(tenant, terms)];
}

/** Proxies may be in any region that the platform has; the data is where the operator is. */
function regionProblems({ spec: { region, proxyRegions = [] } }: Tenant, { platform: { regions } }: ProblemTerms): readonly Problem[] {
  if (regions === undefined) return [];
  const known = regions.map(({ name }) => name);
  const unknown = proxyRegions.filter((each) => !known.includes(each)).sort();
  const homes = regions.filter(({ cluster }) => cluster === undefined).map(({ name }) => name).sort();
  const problem = (message: string) => ({ reason: "RegionUnknown", message });
  return [
    ...(homes.includes(region) ? [] : [problem(`spec.region "${region}" is none of the operator's own cluster, where the data is: choose one of ${homes.join(", ")}, or add it to regions in the platform's configuration`)]),
    ...(unknown.length === 0 ? [] : [problem(`spec.proxyRegions: the platform has no region ${unknown.join(", ")}: choose of ${known.toSorted().join(", ")}, or add it to regions in the platform's configuration`)]),
  ];
}

/**
 * A domain is its tenant's name and a suffix of the platform, so no two tenants can have the same one, nor one that lies within
 * another's, whose certificate and applications have every name below it (invariant I15). CEL knows no suffixes, and a tenant
 * may be older than its rule.
 */
function domainProblems({ metadata, spec: { domain } }: Tenant, { platform: { domainSuffixes } }: ProblemTerms): readonly Problem[] {
  const problem = (why: string) => [{ reason: "DomainNotAllowed", message: `spec.domain "${domain}" ${why}` }];
  const allowed = domainSuffixes.map((suffix) => `${metadata.name}${suffix}`).sort();
  if (!allowed.includes(domain)) return problem(`must be the tenant's name and a suffix of the platform: ${allowed.join(" or ")}`);
  const around = domainSuffixes.filter((suffix) => suffix.endsWith(`.${domain}`)).sort();
  return around.length === 0 ? [] : problem(`would have other tenants' domains within it, which end in ${around.join(" or ")}: choose another name`);
}

/** In a region that the platform no longer lists, tenants that are there stay. */
function awsProblems({ spec }: Tenant, { platform: { aws }, provisioned }: ProblemTerms): readonly Problem[] {
  if (provisioned || aws === undefined || !isOnAws(spec) || aws.regions.includes(spec.region)) return [];
  return [{ reason: "RegionNotConfigured", message: `spec.region "${spec.region}" is none in which tenants can have storage in AWS: ${[...aws.regions].sort().join(", ")}` }];
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
