/** As cert-manager has it, but for its schema: that what is asked for fits it is shown in test/unit/reconcile/certificate.test.ts. */
export const CERTIFICATES = definition("Certificate");
/** Likewise; test/unit/domain/objects/metrics.test.ts. */
export const ISSUERS = definition("Issuer");

function definition(kind: string): object {
  const singular = kind.toLowerCase();
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.cert-manager.io` },
    spec: {
      group: "cert-manager.io",
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural: `${singular}s`, singular },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }],
    },
  };
}
