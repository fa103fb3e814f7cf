import { join } from "node:path";
import { LABEL } from "../../../src/api/index.ts";
import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { KubeClient } from "../../../src/kube/client.ts";
import { KINDS } from "../../../src/kube/kind.ts";
import { HttpTransport } from "../../../src/kube/transport.ts";
import { MEMBER_KINDS } from "../../../src/member-session.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { startCluster, type StartOptions } from "../../../tools/cluster/cluster.ts";
import { newAuthority, type Credential } from "../../../tools/cluster/pki.ts";
import { Observer, type Seen } from "../observer.ts";
import { Upstream } from "../proxy/upstream.ts";
import { ABROAD } from "./platform.ts";

/** The cluster of another region, which the plans of a stage share as they share the operator's own. */
export interface AbroadStage {
  readonly upstream: Upstream;
  /** Of the identity that docs/regions-member.yaml makes there. */
  readonly token: string;
  /** What doors to it show, and who vouches for that, PEM. */
  readonly credential: Credential;
  readonly authority: string;
  /** As the stage's own. */
  listen(onSeen: (seen: Seen) => void): () => void;
  readonly observer: Pick<Observer, "seesAll" | "hasSeen">;
  stop(): Promise<void>;
}

const RIGHTS = join(import.meta.dirname, "../../../docs/regions-member.yaml");

/** Brings it up, with the operator's rights there and no chart. */
export async function startAbroad(options: StartOptions): Promise<AbroadStage> {
  const cluster = await startCluster({ ...options, regions: [ABROAD] });
  await cluster.kubectl(["apply", "-f", RIGHTS]);
  const token = (await cluster.kubectl(["create", "token", "slacktide-region", "--namespace", "slacktide", "--duration=24h"])).trim();
  const transport = new HttpTransport({ config: loadKubeConfig(cluster.kubeconfig), mono: realMono, metrics: noMetrics });
  const listeners = new Set<(seen: Seen) => void>();
  const watched = MEMBER_KINDS.map((name) => ({ kind: KINDS[name], labelSelector: LABEL.tenant }));
  const observer = new Observer({ transport, client: new KubeClient({ transport }), watched, onSeen: (seen) => listeners.forEach((listener) => listener(seen)) });
  await observer.start();
  const upstream = new Upstream(cluster);
  const authority = newAuthority("doors");
  return {
    upstream,
    token,
    credential: authority.issue({ name: "door", hosts: ["127.0.0.1"] }),
    authority: authority.cert,
    observer,
    listen: (onSeen) => {
      listeners.add(onSeen);
      return () => listeners.delete(onSeen);
    },
    stop: async () => {
      await observer.stop();
      await Promise.all([transport.close(), upstream.close()]);
      await cluster.stop();
    },
  };
}
