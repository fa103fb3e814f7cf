import semver from "semver";
import { memoize } from "../memoize.ts";

/** More different texts than this are in no catalogue. */
const MOST_KNOWN = 10_000;
/** Versions are few and compared all the time: each text is read once. */
const read = memoize((text: string) => semver.parse(text), MOST_KNOWN);

function mustRead(text: string): semver.SemVer {
  return read(text) ?? new semver.SemVer(text); // which throws, and says why
}

/** The version in its plain form (a leading `v` dropped), or undefined if it is not full semver (design §4). */
export function parseVersion(text: string): string | undefined {
  return read(text)?.version;
}

/** The major line of a version. Throws on text that is no version: parse it at the edge first. */
export function majorOf(version: string): number {
  return mustRead(version).major;
}

export function minorOf(version: string): number {
  return mustRead(version).minor;
}

export function isPrerelease(version: string): boolean {
  return (read(version)?.prerelease.length ?? 0) > 0;
}

/** Negative, zero or positive, as a sort wants it. */
export function compareVersions(a: string, b: string): number {
  return mustRead(a).compare(mustRead(b));
}

export function isNewer(a: string, b: string): boolean {
  return compareVersions(a, b) > 0;
}
