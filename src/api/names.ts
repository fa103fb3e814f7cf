/** Names that other tools and people rely on: labels, annotations, finalizers (design §9). */
export const GROUP = "slacktide.dev";
export const API_VERSION = `${GROUP}/v1alpha1`;
export const FIELD_MANAGER = "slacktide";
export const FINALIZER = `${GROUP}/teardown`;

export const LABEL = {
  /** Whose it is: the tenant's name. Objects without it are never touched. */
  tenant: `${GROUP}/tenant`,
  tenantUid: `${GROUP}/tenant-uid`,
  component: "app.kubernetes.io/component",
  name: "app.kubernetes.io/name",
  instance: "app.kubernetes.io/instance",
  version: "app.kubernetes.io/version",
  managedBy: "app.kubernetes.io/managed-by",
  region: `${GROUP}/region`,
  /** On a ConfigMap of the operator's namespace: it claims a block of ports. */
  ports: `${GROUP}/ports`,
  /** Seen by every selector, written by nobody: the object's own name. */
  selfName: `${GROUP}/name`,
} as const;

export const ANNOTATION = {
  version: `${GROUP}/version`,
  templateRevision: `${GROUP}/template-revision`,
  /** The attempt that last changed the object, as JSON; from it a running attempt is recovered. */
  attempt: `${GROUP}/attempt`,
  /** The pod template that was last rolled out on purpose, as JSON; drift repair restores it. */
  podTemplate: `${GROUP}/pod-template`,
  /** What ran before it, so that an attempt may roll back: its version and image, or the whole template if more differs. */
  previousVersion: `${GROUP}/previous-version`,
  previousTemplateRevision: `${GROUP}/previous-template-revision`,
  previousImage: `${GROUP}/previous-image`,
  previousPodTemplate: `${GROUP}/previous-pod-template`,
  /** The attempt that last changed it has given it back what ran before. */
  rolledBack: `${GROUP}/rolled-back`,
  applied: `${GROUP}/applied`,
  /** On a restore point: when it was asked for, and the attempt that it was taken for. */
  takenAt: `${GROUP}/taken-at`,
  takenFor: `${GROUP}/taken-for`,
  /** On a tenant's namespace: when its lapse was first seen. */
  lapseObservedAt: `${GROUP}/lapse-observed-at`,
  /** On a Tenant whose data is being deleted, or was: since when, and the uid it is about. */
  purgeStartedAt: `${GROUP}/purge-started-at`,
  /** On a Tenant: the restore point that somebody wants it to go back to, and the uid of what was made from it, with which they confirm: of a volume, or of the Table with Auth's state. */
  restoreTo: `${GROUP}/restore-to`,
  confirmRestore: `${GROUP}/confirm-restore`,
  /** On a volume: the restore point that it was made from; on a namespace: the claim of Auth's volume, or in AWS the word for its tables, if they are others than the first. */
  restoredFrom: `${GROUP}/restored-from`,
  volume: `${GROUP}/volume`,
  /** On a namespace: the volumes, or the tables, that Auth had before, by the same words, with commas between. */
  formerVolumes: `${GROUP}/former-volumes`,
  /** On a pod template: whom it lets look at its metrics, by the id of their authorities; pods read those when they start alone. */
  metricsClients: `${GROUP}/metrics-clients`,
  confirmDelete: `${GROUP}/confirm-delete`,
  /** On a Tenant: the uid of the earlier Tenant of its name whose objects it is to take over. */
  adopt: `${GROUP}/adopt`,
  /** On a namespace: the uids of the Tenants that had it before, the first one first, with commas between. */
  formerUids: `${GROUP}/former-uids`,
  /** On a tenant's namespace: the block of ports that it was given, `<address>:<first port>`. */
  ports: `${GROUP}/ports`,
  /** On the claim of a block: since when it is nobody's. */
  releasedAt: `${GROUP}/released-at`,
  /** On our CustomResourceDefinitions: which schema they have. */
  schemaVersion: `${GROUP}/schema-version`,
} as const;

/** On the namespace `kube-system`: this cluster's time may be rehearsed (design §12). */
export const REHEARSAL = { annotation: `${GROUP}/rehearsal`, allowed: "allowed" } as const;
