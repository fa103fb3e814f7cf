/** ACK's words for what it does with a thing in AWS when its object goes, and for where the thing is. */
export const DELETION_POLICY = "services.k8s.aws/deletion-policy";
export const REGION = "services.k8s.aws/region";
/** Its words for a thing that is in AWS before its object is: whether it may be made as well, and how it is found. */
export const ADOPTION_POLICY = "services.k8s.aws/adoption-policy";
export const ADOPTION_FIELDS = "services.k8s.aws/adoption-fields";
/** By this the cluster gives the pods of a ServiceAccount the means to take a role on. */
export const ROLE_ARN = "eks.amazonaws.com/role-arn";
