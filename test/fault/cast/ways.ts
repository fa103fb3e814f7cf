import { MEMBER_KINDS } from "../../../src/member-session.ts";
import type { PlanRegion } from "../abroad/region.ts";
import type { Plan } from "../plan.ts";
import { Door } from "../proxy/door.ts";
import type { Where } from "../write-log.ts";
import { ALL_WATCHES } from "./cast.ts";

/** One replica's ways: to the operator's own cluster, and to that of another region if its plan has one. */
export class Ways {
  readonly home: Door;
  readonly #abroad: Door | undefined;
  readonly #region: PlanRegion | undefined;

  private constructor(home: Door, abroad: Door | undefined, region: PlanRegion | undefined) {
    this.home = home;
    this.#abroad = abroad;
    this.#region = region;
  }

  static async open(plan: Plan, replica: string): Promise<Ways> {
    const { region, options } = plan;
    // What it has been told by the one cluster may be why it writes to the other.
    const doors: { home?: Door; abroad?: Door } = {};
    doors.home = await Door.open({ upstream: options.stage.upstream, replica, hooks: plan.hooks("home", () => doors.abroad?.sent) });
    if (region !== undefined) doors.abroad = await region.openDoor(replica, plan.hooks("abroad", () => doors.home?.sent));
    return new Ways(doors.home, doors.abroad, region);
  }

  get replica(): string {
    return this.home.replica;
  }

  /** Whether nothing is hidden from it but a cluster that is out of reach. */
  get seesAll(): boolean {
    return this.home.watches >= ALL_WATCHES && (this.#abroad === undefined || this.#region?.isAway === true || this.#abroad.watches >= MEMBER_KINDS.length);
  }

  /** Whether a change of a kind, or a later one, has been sent by it. */
  hasSent(where: Where, plural: string, revision: number): boolean {
    return (where === "home" ? this.home : this.#abroad)?.hasSent(plural, revision) === true;
  }

  /** For ever, and at once. */
  cut(): void {
    this.home.cut();
    this.#abroad?.cut();
  }

  /** Until the function is called that this returns, nothing passes. */
  block(): () => void {
    const both = [this.home, this.#abroad].map((door) => door?.block());
    return () => both.forEach((unblock) => unblock?.());
  }
}
