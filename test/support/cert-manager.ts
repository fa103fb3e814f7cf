/** As cert-manager has it, but for its schema: that what is asked for fits it is shown in test/unit/reconcile/certificate.test.ts. */
export const CERTIFICATES = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "certificates.cert-manager.io" },
  spec: {
    group: "cert-manager.io",
    scope: "Namespaced",
    names: { kind: "Certificate", listKind: "CertificateList", plural: "certificates", singular: "certificate" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }],
  },
} as const;
