import type { KubeObject, Pod } from '@kubets/api-types'

/** Kinds that pods are made from, with their groups. */
export const templateKinds: ReadonlyMap<string, string> = new Map([
  ['replicationcontrollers', ''],
  ['podtemplates', ''],
  ['replicasets', 'apps'],
  ['deployments', 'apps'],
  ['statefulsets', 'apps'],
  ['daemonsets', 'apps'],
  ['jobs', 'batch'],
  ['cronjobs', 'batch'],
])

type Template = Pick<Pod, 'metadata' | 'spec'>

interface Templated extends KubeObject {
  readonly template?: Template
  readonly spec?: {
    readonly template?: Template
    readonly jobTemplate?: { readonly spec?: { readonly template?: Template } }
  }
}

/** The pod that an object of such a kind would make; a ReplicationController may have none. */
export function podSpecOf(resource: string, object: KubeObject): Template | undefined {
  const { template, spec } = object as Templated
  if (resource === 'podtemplates') return template
  return resource === 'cronjobs' ? spec?.jobTemplate?.spec?.template : spec?.template
}
