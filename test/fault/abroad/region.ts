import { stringify } from "yaml";
import type { Instant } from "../../../src/domain/time.ts";
import type { Call } from "../proxy/call.ts";
import { Door, type Hooks } from "../proxy/door.ts";
import type { Answer } from "../proxy/upstream.ts";
import { World, type Names } from "../world.ts";
import { SECRET_KEY, SECRET_PATH } from "./platform.ts";
import type { AbroadStage } from "./stage.ts";

/** One plan's region in the other cluster: what is there, and the doors by which its operators get there. */
export class PlanRegion {
  readonly stage: AbroadStage;
  /** What the plan has there. */
  readonly world: World;
  readonly #doors = new Map<string, Door>();
  #reopen: (() => void)[] = [];
  #isAway = false;

  constructor(stage: AbroadStage, names: Names) {
    this.stage = stage;
    this.world = new World(names);
  }

  /** Whether no operator of the plan reaches it. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Takes in what happens there, until the function is called that this returns. */
  follow(domainAt: (real: number) => Instant): () => void {
    return this.stage.listen((seen) => this.world.owns(seen) && this.world.take(seen, domainAt(seen.at)));
  }

  async openDoor(replica: string, hooks: Hooks): Promise<Door> {
    const { upstream, credential } = this.stage;
    const door = await Door.open({ upstream, replica, hooks, credential });
    this.#doors.set(replica, door);
    if (this.#isAway) this.#reopen.push(door.shut());
    return door;
  }

  /** It goes out of reach: nobody is answered there any more. */
  leave(): void {
    this.#isAway = true;
    this.#reopen = [...this.#doors.values()].map((door) => door.shut());
  }

  comeBack(): void {
    this.#isAway = false;
    for (const open of this.#reopen) open();
  }

  /** The answer to a replica that reads how to reach it; undefined for all other calls. */
  secretFor({ method, path, replica }: Call): Answer | undefined {
    const door = this.#doors.get(replica);
    if (method !== "GET" || !path.endsWith(SECRET_PATH) || door === undefined) return undefined;
    const data = { [SECRET_KEY]: Buffer.from(this.#kubeconfig(door)).toString("base64") };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "europe", namespace: "slacktide-system", resourceVersion: "1", uid: replica }, data };
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(secret)) };
  }

  #kubeconfig(door: Door): string {
    const authority = Buffer.from(this.stage.authority).toString("base64");
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "region",
      clusters: [{ name: "cluster", cluster: { server: door.url, "certificate-authority-data": authority } }],
      users: [{ name: "operator", user: { token: this.stage.token } }],
      contexts: [{ name: "region", context: { cluster: "cluster", user: "operator" } }],
    });
  }
}
