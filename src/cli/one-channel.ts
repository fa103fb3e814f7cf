import { UsageError } from "./errors.ts";
import type { World } from "./world.ts";

/** The world as if there was that channel alone. Throws UsageError if there is none, or none that can be used. */
export function oneChannel(world: World, name: string): World {
  const known = world.channels.get(name);
  const others = [...world.channels.keys()].sort().join(", ");
  if (known === undefined) throw new UsageError(`there is no ReleaseChannel "${name}", ${others === "" ? "nor any other" : `but: ${others}`}`);
  if (known.channel.kind === "invalid") throw new UsageError(`ReleaseChannel "${name}": ${known.channel.problems.join("; ")}`);
  return { ...world, channels: new Map([[name, known]]), tenants: world.tenants.filter(({ spec }) => spec.channel === name) };
}
