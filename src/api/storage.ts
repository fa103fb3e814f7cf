import { z } from "zod";
import { cel } from "./common.ts";

const BUCKET = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";
const AWS_REGION = "^[a-z]{2}(-[a-z]+)+-[0-9]$";
const PREFIX = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$";

const says = (pattern: string, message: string, max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => new RegExp(pattern).test(text), message)
    .meta(cel({ rule: `self.matches('${pattern}')`, message }));

/** A bucket of the provider's: some tenant's recordings may be in it. */
const OUR_BUCKET = "must not begin with slacktide-, as the provider's own buckets do: those of other tenants are among them";

const externalAudit = z.object({
  bucket: z
    .string()
    .max(63)
    .refine((text) => new RegExp(BUCKET).test(text) && !text.startsWith("slacktide-"), "must be the name of a bucket, without dots, and none that begins with slacktide-")
    .describe("The customer's bucket. Slacktide never makes, changes, empties or deletes it.")
    .meta(cel({ rule: `self.matches('${BUCKET}')`, message: "must be the name of a bucket, without dots" }, { rule: "!self.startsWith('slacktide-')", message: OUR_BUCKET })),
  region: says(AWS_REGION, "must be a region of AWS such as eu-central-1", 40).describe("Where the bucket is."),
  prefix: says(PREFIX, "must be parts of letters, digits, - and _ with / between them", 200).optional().describe("Below which recordings are kept in it; absent: at its top."),
});

const IMMUTABLE = "storage.externalAudit is immutable: recordings would be in two places";

/** Where a tenant's data lives (rows F4 and F5). */
export const storage = z
  .object({
    type: z
      .enum(["Embedded", "AWS"])
      .default("Embedded")
      .describe("Embedded: SQLite on a volume. AWS: tables of DynamoDB and a bucket of S3 in the tenant's home region. Immutable.")
      .meta(cel({ rule: "self == oldSelf", message: "storage.type is immutable: the data would stay behind" })),
    externalAudit: externalAudit.optional().describe("A bucket of the customer's own for the recordings of sessions, with type AWS. Immutable."),
  })
  .prefault({})
  .meta(
    cel(
      { rule: "self.type == 'AWS' || !has(self.externalAudit)", message: "storage.externalAudit needs storage.type: AWS" },
      { rule: "has(self.externalAudit) == has(oldSelf.externalAudit) && (!has(self.externalAudit) || self.externalAudit == oldSelf.externalAudit)", message: IMMUTABLE },
    ),
  );
