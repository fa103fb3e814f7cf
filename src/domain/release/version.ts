import semver from "semver";

/** The version in its plain form (a leading `v` dropped), or undefined if it is not full semver (design §4). */
export function parseVersion(text: string): string | undefined {
  return semver.parse(text)?.version;
}

/** The major line of a version. Throws on text that is no version: parse it at the edge first. */
export function majorOf(version: string): number {
  return semver.major(version);
}

export function minorOf(version: string): number {
  return semver.minor(version);
}

export function isPrerelease(version: string): boolean {
  return semver.prerelease(version) !== null;
}

/** Negative, zero or positive, as a sort wants it. */
export function compareVersions(a: string, b: string): number {
  return semver.compare(a, b);
}

export function isNewer(a: string, b: string): boolean {
  return semver.gt(a, b);
}
