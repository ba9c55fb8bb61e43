/** Certificates, keys, kubeconfig files. */
export type * from './contract.ts'
