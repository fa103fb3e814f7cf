import { BlockList, isIP } from "node:net";

/** IPv4 that is not the public network (IANA's special-purpose registry, RFC 6890): this network, private, shared, loopback, link-local, documentation, tests, relays, multicast, reserved. */
const NOT_PUBLIC_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Of IPv6 only this is handed out to the public network (RFC 4291): loopback, link-local, unique local, IPv4 in disguise and NAT64 are outside it. */
const PUBLIC_V6 = ["2000::", 3] as const;
/** And of that these are not: Teredo and other protocols, documentation, 6to4. They wrap addresses of IPv4, or lead nowhere. */
const NOT_PUBLIC_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const notPublicV4 = listOf(NOT_PUBLIC_V4, "ipv4");
const publicV6 = listOf([PUBLIC_V6], "ipv6");
const notPublicV6 = listOf(NOT_PUBLIC_V6, "ipv6");

/** Whether an address belongs to the public network; what is no address does not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublicV4.check(address, "ipv4");
  // An address with a zone is one of a link.
  return family === 6 && !address.includes("%") && publicV6.check(address, "ipv6") && !notPublicV6.check(address, "ipv6");
}

function listOf(subnets: readonly (readonly [net: string, prefix: number])[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
