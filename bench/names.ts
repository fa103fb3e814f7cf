/** Tenants are named `zq0-00042`: the digit after `zq` is the round, and no hash or uid holds such letters. */
const NAME = /zq0-\d{5}/;

export function tenantName(n: number): string {
  return `zq0-${String(n).padStart(5, "0")}`;
}

/** The tenant that a write is about, by its address or else its body. */
export function tenantOf({ requestURI, body }: { readonly requestURI: string; readonly body: object | undefined }): string | undefined {
  return tenantIn(requestURI) ?? tenantIn(JSON.stringify(body ?? ""));
}

function tenantIn(text: string): string | undefined {
  return text.match(NAME)?.[0];
}

/** The same text about the tenants of another round. */
export function renamed(text: string, round: number): string {
  return text.replaceAll("zq0-", `zq${round.toString(36)}-`);
}
