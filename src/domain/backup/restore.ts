import { ANNOTATION } from "../../api/index.ts";
import type { ConditionWish } from "../status/conditions.ts";
import { restoredData } from "../objects/names.ts";
import type { RestorePoint } from "./restore-point.ts";

/** What holds Auth's data, in the words of who restores it: a volume, or in AWS a pair of tables. */
export type Holder = "volume" | "tables";

/** How far the volume, or the pair of tables, is that a restore is to switch to: `Unfilled` if it is there and nothing fills or checks it yet, `Leaving` if it is being deleted. */
export type HolderProgress = "Absent" | "Unfilled" | "Filling" | "Whole" | "Failed" | "Leaving";

/** What is in the way of a preparation, in words for people: it waits for something, or waits in vain until somebody has mended it. */
export interface Obstacle {
  readonly reason: "Preparing" | "PreparationFailed";
  readonly message: string;
}

/** The volume, or the pair of tables, of a restore as it is seen. */
export interface HolderSeen {
  readonly progress: HolderProgress;
  readonly uid: string;
  readonly obstacle?: Obstacle | undefined;
}

/** What is seen of a restore that somebody asked for. */
export interface RestoreSight {
  readonly tenant: string;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly points: readonly RestorePoint[];
  readonly holder: Holder;
  readonly volumeOf: (name: string, point: RestorePoint) => HolderSeen;
  /** The claim of the volume that Auth was last given on purpose, or the word for its tables. */
  readonly claim: string;
  /** The tables that Auth uses and of which somebody has confirmed that they go: they would as soon as it uses others. Default: none. */
  readonly doomed?: readonly string[] | undefined;
  /** Those that Auth had before: what it wrote to them since they were filled nobody knows. */
  readonly formerClaims: readonly string[];
}

interface Wanted {
  readonly holder: Holder;
  /** The claim of the new volume, or the word for the new tables. */
  readonly volume: string;
  /** Of its object; of tables, of that which has Auth's state. */
  readonly uid: string;
  readonly point: RestorePoint;
}

/**
 * The states of a restore, each seen anew (design §9): nothing asked for → `Preparing` a volume of its own from the restore point →
 * `Ready`, which a person confirms by that volume's uid → `Switching`: the attempt under way ends, proxies and Auth stop, and when no
 * pod is left all get the point's version and Auth the new volume → `Done`: they start again like a tenant that was suspended. Nothing
 * is ever written over: the volume of before stays, as does the point. Up to `Ready` it may be called off by removing the annotation.
 */
export type Restore =
  | { readonly kind: "None" }
  | { readonly kind: "Refused"; readonly reason: "RestorePointUnknown" | "PreparationFailed" | "VolumeUsed" | "DeletionConfirmed"; readonly message: string }
  | ({ readonly kind: "Preparing"; readonly progress: "Absent" | "Unfilled" | "Filling"; readonly obstacle?: Obstacle | undefined } & Wanted)
  | ({ readonly kind: "Ready"; readonly tenant: string } & Wanted)
  | ({ readonly kind: "Switching" } & Wanted)
  /** Auth has the volume. */
  | { readonly kind: "Done"; readonly volume: string };

/** `restore-20261124t020512z`, and behind a slash whatever tells this restore from another one to the same point. */
const REQUEST = /^(?<point>restore-(?<stamp>[a-z0-9]{1,24}))(?:\/(?<mark>[a-z0-9]{1,24}))?$/;

/** Whether a volume of that name was made, whenever, from the restore point. */
export function isVolumeFrom(point: string, volume: string): boolean {
  const plain = point.replace(/^restore-/, "data-");
  return volume === plain || volume.startsWith(`${plain}-`);
}

const NOTHING: HolderSeen = { progress: "Absent", uid: "" };

/** How far the restore is that somebody asked for. */
export function decideRestore(sight: RestoreSight): Restore {
  const text = sight.annotations?.[ANNOTATION.restoreTo];
  if (text === undefined) return { kind: "None" };
  const { point: name, stamp = "", mark } = REQUEST.exec(text)?.groups ?? {};
  const volume = restoredData([stamp, ...(mark === undefined ? [] : [mark])].join("-"));
  if (name !== undefined && volume === sight.claim) return { kind: "Done", volume };
  const point = sight.points.find((each) => each.name === name);
  const { progress, uid, obstacle } = point === undefined ? NOTHING : sight.volumeOf(volume, point);
  // Tables that were brought back are whole, whatever has become of those of before.
  const isKnown = point?.progress === "Confirmed" || (sight.holder === "tables" && progress === "Whole");
  if (point === undefined || !isKnown) return { kind: "Refused", reason: "RestorePointUnknown", message: `${ANNOTATION.restoreTo}: "${text.slice(0, 64)}" is no confirmed restore point: choose one of status.restorePoints` };
  const { holder } = sight;
  const wanted = { holder, volume, uid, point };
  const [is, was] = holder === "volume" ? ["is", "was"] : ["are", "were"];
  const refused = (reason: "PreparationFailed" | "VolumeUsed", what: string): Restore => ({ kind: "Refused", reason, message: `${holder} ${volume} ${what}: ask again under another name, such as ${point.name}/2` });
  if (progress === "Leaving") return refused("PreparationFailed", `${is} being deleted`);
  if (progress === "Failed") return refused("PreparationFailed", `could not be filled from ${point.name}`);
  if (sight.formerClaims.includes(volume)) return refused("VolumeUsed", `${was} Auth's before, and ${is} not what ${point.name} holds any more`);
  if (progress !== "Whole") return { kind: "Preparing", progress, ...(obstacle && { obstacle }), ...wanted };
  const { doomed = [] } = sight;
  if (doomed.length > 0) return { kind: "Refused", reason: "DeletionConfirmed", message: `Auth uses ${doomed.toSorted().join(", ")}, confirmed to go by ${ANNOTATION.confirmDelete}: remove that annotation first, or they go with the switch` };
  return sight.annotations?.[ANNOTATION.confirmRestore] === uid && uid !== "" ? { kind: "Switching", ...wanted } : { kind: "Ready", tenant: sight.tenant, ...wanted };
}

/** The condition RestoreReady: True while nothing is missing but a person's word. */
export function restoreWish(restore: Restore): readonly ConditionWish[] {
  const wish = (status: "True" | "False", reason: string, message: string): ConditionWish[] => [{ type: "RestoreReady", status, reason, message }];
  if (restore.kind === "None" || restore.kind === "Done") return [];
  if (restore.kind === "Refused") return wish("False", restore.reason, restore.message);
  const { holder, volume, uid, point } = restore;
  const what = `${holder} ${volume} from ${point.name} of ${point.version}`;
  if (restore.kind === "Preparing") return wish("False", restore.obstacle?.reason ?? "Preparing", `Preparing ${what}${restore.obstacle === undefined ? "" : `: ${restore.obstacle.message}`}`);
  if (restore.kind === "Switching") return wish("True", "Confirmed", `Switching to ${what}`);
  return wish("True", "ConfirmationNeeded", `Whole: ${what}; to switch to it: kubectl annotate tenant ${restore.tenant} ${ANNOTATION.confirmRestore}=${uid} --overwrite`);
}
