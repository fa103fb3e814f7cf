import { z } from "zod";

const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-[0-9]$/;
const BOUNDARY = /^arn:[a-z-]+:iam::[0-9]{12}:policy\/[\w+=,.@/-]+$/;

/** Absent: no tenant can have storage of type AWS. YAML reads twelve digits as a number unless they are quoted, and drops a leading 0. */
export const aws = z
  .strictObject({
    accountId: z.string('must be twelve digits in quotes, such as "123456789012"').regex(ACCOUNT, 'must be twelve digits in quotes, such as "123456789012"'),
    partition: z.enum(["aws", "aws-cn", "aws-us-gov"]).default("aws"),
    regions: z.array(z.string().regex(REGION, "must be a region of AWS such as eu-central-1")).min(1),
    oidcProvider: z.string().regex(/^[a-z0-9.-]+(\/[\w-]+)*$/, "must be the cluster's OIDC provider without https://, such as oidc.eks.eu-central-1.amazonaws.com/id/0123"),
    permissionsBoundary: z.string().regex(BOUNDARY, "must be the ARN of a policy of IAM").optional(),
  })
  .optional();
