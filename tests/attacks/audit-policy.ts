/** What the suite wants to know: who did what and how it ended, never what stands in secrets and tokens. */
export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    resources:
      - { group: '', resources: [secrets, serviceaccounts/token] }
      - { group: authentication.k8s.io, resources: [tokenreviews] }
  - level: Request
    verbs: [create, update, patch, delete, deletecollection]
  - level: Metadata
`
