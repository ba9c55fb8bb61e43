/** Certificates, keys, kubeconfig files. */
export { createCertificateAuthority, createSigningKey, issueCertificate } from './certificates.ts'
export { type ClusterPki, openClusterPki } from './cluster-pki.ts'
export type * from './contract.ts'
export { kubeconfig } from './kubeconfig.ts'
export { authorityEnd, requestedNames, signRequest } from './requests.ts'
