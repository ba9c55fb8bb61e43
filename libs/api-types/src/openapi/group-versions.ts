import type { ResourceEntry } from '../catalogue/contract.ts'

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** Versions that upstream's scheme knows besides the stable ones that are served: off by default, or gone. */
const besides: Readonly<Record<string, readonly string[]>> = {
  'admission.k8s.io': ['v1', 'v1beta1'],
  'apiextensions.k8s.io': ['v1beta1'],
  'apiregistration.k8s.io': ['v1beta1'],
  apps: ['v1beta1', 'v1beta2'],
  'authentication.k8s.io': ['v1alpha1', 'v1beta1'],
  'authorization.k8s.io': ['v1beta1'],
  batch: ['v1beta1'],
  'certificates.k8s.io': ['v1alpha1', 'v1beta1'],
  'coordination.k8s.io': ['v1alpha2', 'v1beta1'],
  'admissionregistration.k8s.io': ['v1alpha1', 'v1beta1'],
  'discovery.k8s.io': ['v1beta1'],
  'events.k8s.io': ['v1beta1'],
  extensions: ['v1beta1'],
  'flowcontrol.apiserver.k8s.io': ['v1beta1', 'v1beta2', 'v1beta3'],
  'imagepolicy.k8s.io': ['v1alpha1'],
  'internal.apiserver.k8s.io': ['v1alpha1'],
  'networking.k8s.io': ['v1beta1'],
  'node.k8s.io': ['v1alpha1', 'v1beta1'],
  policy: ['v1beta1'],
  'rbac.authorization.k8s.io': ['v1alpha1', 'v1beta1'],
  'resource.k8s.io': ['v1alpha3', 'v1beta1', 'v1beta2'],
  'scheduling.k8s.io': ['v1alpha2', 'v1beta1'],
  'storage.k8s.io': ['v1alpha1', 'v1beta1'],
  'storagemigration.k8s.io': ['v1beta1'],
}

/** Those of these entries, but for the group without a name. */
export function groupVersionsOf(entries: readonly ResourceEntry[]): GroupVersion[] {
  const found = new Map(entries.filter(e => e.group !== '').map(e => [`${e.group}/${e.version}`, e]))
  return [...found.values()].map(({ group, version }) => ({ group, version }))
}

/** Those of these entries and all that upstream's scheme knows besides, sorted. */
export function everyGroupVersion(entries: readonly ResourceEntry[]): GroupVersion[] {
  const others = Object.entries(besides).flatMap(([group, versions]) => versions.map(version => ({ group, version })))
  const all = new Map([...groupVersionsOf(entries), ...others].map(one => [`${one.group}/${one.version}`, one]))
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
