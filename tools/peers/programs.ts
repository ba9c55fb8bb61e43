/** The Kubernetes that kubets is compared with. Its staging modules carry the same number under v0. */
export const kubernetesVersion = 'v1.36.1'
export const stagingVersion = kubernetesVersion.replace(/^v1/, 'v0')

/** What that Kubernetes builds its etcd client from. */
export const etcdVersion = 'v3.6.8'

/** The cluster DNS that Kubernetes' own tools install. */
export const corednsVersion = 'v1.14.2'

export interface Program {
  /** File name of the binary. */
  name: string
  about: string
  /** Go import path. */
  package: string
  /** The throwaway module that it is built in. */
  module: 'kubernetes' | 'etcd' | 'coredns' | 'decode' | 'clients' | 'cel'
  /** `test` programs come from `go test -c`. */
  kind: 'main' | 'test'
  /** Carries Kubernetes' version number. */
  stamped: boolean
}

export const programs = [
  {
    name: 'kube-apiserver',
    about: 'the API server that kubets is compared with',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    module: 'kubernetes',
    kind: 'main',
    stamped: true,
  },
  {
    name: 'etcd',
    about: 'its store',
    package: 'go.etcd.io/etcd/server/v3',
    module: 'etcd',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'e2e.test',
    about: "upstream's end-to-end tests",
    package: 'k8s.io/kubernetes/test/e2e',
    module: 'kubernetes',
    kind: 'test',
    stamped: true,
  },
  {
    name: 'agnhost',
    about: 'what the pods of those tests run',
    package: 'k8s.io/kubernetes/test/images/agnhost',
    module: 'kubernetes',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'nnp',
    about: 'says whether a pod of theirs may gain privileges',
    package: 'k8s.io/kubernetes/test/images/nonewprivs',
    module: 'kubernetes',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'coredns',
    about: 'the cluster DNS that those tests ask',
    package: 'github.com/coredns/coredns',
    module: 'coredns',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'decode',
    about: "reads protobuf with upstream's types (source: tools/peers/go/decode)",
    package: '.',
    module: 'decode',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'go-clients',
    about: 'clients that Go programs use (source: tests/clients/go)',
    package: '.',
    module: 'clients',
    kind: 'main',
    stamped: false,
  },
  {
    name: 'cel',
    about: 'says what Kubernetes makes of an expression in CEL (source: tools/peers/go/cel)',
    package: '.',
    module: 'cel',
    kind: 'main',
    stamped: false,
  },
] as const satisfies readonly Program[]

export type ProgramName = (typeof programs)[number]['name']
