/** Tenants are named `zq0-00042`: the digit after `zq` is the round, and no hash or uid holds such letters. */
const NAME = /zq0-\d{5}/;

export function tenantName(n: number): string {
  return `zq0-${String(n).padStart(5, "0")}`;
}

/** Whether a text speaks of no tenant, or of one of the first `count`. */
export function isAmongFirst(text: string, count: number): boolean {
  const name = tenantIn(text);
  return name === undefined || name < tenantName(count);
}

/** The first tenant that a text speaks of. */
export function tenantIn(text: string): string | undefined {
  return text.match(NAME)?.[0];
}

/** The same text about the tenants of another round. */
export function renamed(text: string, round: number): string {
  return text.replaceAll("zq0-", `zq${round.toString(36)}-`);
}
