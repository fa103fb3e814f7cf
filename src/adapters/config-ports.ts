import { z } from "zod";
import { PORT } from "../domain/objects/config.ts";
import { BLOCK_SIZE, type PortRange } from "../domain/ports/block.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
/** It is part of a ConfigMap's name. */
const LONGEST_ADDRESS = 200;

const range = z.strictObject({
  address: z
    .string()
    .max(LONGEST_ADDRESS)
    .regex(new RegExp(`^${LABEL}(\\.${LABEL})*$`), "must be an IPv4 address or a lower-case DNS name, such as 203.0.113.7 or edge.teleport.example")
    // Two spellings of one address would give each of its ports twice.
    .refine((text) => !/^[0-9.]+$/.test(text) || z.ipv4().safeParse(text).success, "must be an IPv4 address without leading zeros, such as 203.0.113.7"),
  first: z.int().min(1024, "must be 1024 or above").max(65_535).multipleOf(BLOCK_SIZE, `must be a multiple of ${BLOCK_SIZE}: blocks begin there`),
  last: z.int().min(1024, "must be 1024 or above").max(65_535),
});

/** The section `ports`: addresses and the ports from which tenants get blocks of five (row F3). Absent: tenants get none. */
export const ports = z
  .array(range)
  .superRefine((ranges, context) => {
    ranges.forEach((one, n) => {
      for (const message of problemsOf(one, ranges.slice(0, n))) context.addIssue({ code: "custom", path: [n], message });
    });
  })
  .optional();

function problemsOf(one: PortRange, before: readonly PortRange[]): readonly string[] {
  const { address, first, last } = one;
  const clash = before.find((other) => other.address === address && other.first <= last && first <= other.last);
  const own = Object.values(PORT).find((port) => first <= port && port <= last);
  return [
    ...(last - first + 1 < BLOCK_SIZE ? [`${first} to ${last} has no room for a block of ${BLOCK_SIZE} ports`] : []),
    ...(clash === undefined ? [] : [`overlaps with ${clash.first} to ${clash.last} of ${address}: give each port once`]),
    ...(own === undefined ? [] : [`holds ${own}, which is a port of the proxies' own: leave it out`]),
  ];
}
