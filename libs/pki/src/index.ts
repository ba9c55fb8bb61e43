/** Certificates, keys, kubeconfig files. */
export { createCertificateAuthority, createSigningKey, issueCertificate } from './certificates.ts'
export { type ClusterAuthority, type ClusterPki, openClusterPki } from './cluster-pki.ts'
export type * from './contract.ts'
export { identities, kubernetesServiceNames, type ServingNames } from './identities.ts'
export { defaultKeyAlgorithm, keyAlgorithms, pairFault } from './key-algorithm.ts'
export { kubeconfig } from './kubeconfig.ts'
export {
  type CertificateExpiration,
  type CertificateExpirationInfo,
  expirations,
} from './manage/expiration.ts'
export { type InitOptions, type InitStep, type IssueOptions, initPki } from './manage/init.ts'
export { issueOne } from './manage/issue.ts'
export { type Renewal, type RenewOptions, renewCertificate } from './manage/renew.ts'
export { writeCertificate } from './manage/stored-certificate.ts'
export type { AuthorityDefinition, CertificateDefinition, PkiPlan } from './plan/contract.ts'
export { type KubeadmPlanOptions, kubeadmAuthorities, kubeadmPlan, splitEndpoint } from './plan/kubeadm-plan.ts'
export { authorityEnd, requestedNames, signRequest } from './requests.ts'
