import type { ConditionWish, Problem } from "./conditions.ts";

/** One thing that ACK keeps for a tenant, by kind and name: `Table backend`. */
export interface StorageItem {
  readonly what: string;
  /** `Wanted`: not there, or not yet as it should be. `Refused`: AWS does not want it so, and ACK has given up. */
  readonly state: "Synced" | "Wanted" | "Refused";
}

/** What is known of where a tenant's data lives. */
export type StorageSeen =
  /** On a volume. */
  | { readonly kind: "embedded" }
  /** In AWS, and this platform cannot speak to it, or would speak of other tables. */
  | { readonly kind: "unreachable"; readonly reason: keyof typeof UNREACHABLE }
  | {
      readonly kind: "aws";
      readonly items: readonly StorageItem[];
      /** Both tables can be brought back to any second of the last weeks (row F5). */
      readonly isRecoverable: boolean;
      /** Of which tables that can be said, by the word for both: former ones too. */
      readonly recoverable: readonly string[];
      /** Its state's table is there, and has been written to: by a version that the table's object records. */
      readonly writtenAt?: string | undefined;
      readonly hasTables: boolean;
    };

const UNREACHABLE = {
  AwsNotConfigured: "storage.type is AWS, and `aws` is not in the platform's configuration: add it and restart Slacktide",
  AckMissing: "storage.type is AWS, and ACK's controllers for DynamoDB, S3 and IAM are not all installed: install them and restart Slacktide",
  StorageNamedAfterAnother: "the objects of its storage stand for tables or a bucket that are named after another uid than its namespace records as the first in `slacktide.dev/former-uids`: bring that annotation back from a backup (docs/disaster-recovery.md)",
} as const;

/** Nothing is made for a tenant whose storage cannot be; what is there of it is left alone. */
export function storageProblems(seen: StorageSeen): readonly Problem[] {
  return seen.kind === "unreachable" ? [{ reason: seen.reason, message: UNREACHABLE[seen.reason] }] : [];
}

/** What Auth of a new tenant has still to wait for, sorted. One that has run goes on whatever becomes of it. */
export function awaitedStorage(seen: StorageSeen): readonly string[] {
  return seen.kind === "aws" ? named(seen.items, ({ state }) => state !== "Synced") : [];
}

/** ACK's own words hold numbers of requests; who reads them is told where they are. */
export function storageWish(seen: StorageSeen, namespace: string): readonly ConditionWish[] {
  const wish = (status: "True" | "False", reason: string, message: string): ConditionWish[] => [{ type: "StorageReady", status, reason, message }];
  if (seen.kind === "embedded") return [];
  if (seen.kind === "unreachable") return wish("False", seen.reason, UNREACHABLE[seen.reason]);
  const refused = named(seen.items, ({ state }) => state === "Refused");
  if (refused.length > 0) return wish("False", "Refused", `AWS refuses: ${refused.join(", ")}; their conditions in namespace ${namespace} tell why`);
  const awaited = awaitedStorage(seen);
  if (awaited.length > 0) return wish("False", "NotSynced", `Not in AWS as it should be: ${awaited.join(", ")}; Auth of a new tenant waits for it`);
  if (!seen.isRecoverable) return wish("False", "RecoveryOff", "Point-in-time recovery of the tables is off: no major begins");
  return wish("True", "Synced", "Tables, role and recordings are in AWS as they should be");
}

function named(items: readonly StorageItem[], isMeant: (item: StorageItem) => boolean): readonly string[] {
  return items.filter(isMeant).map(({ what }) => what).sort();
}
