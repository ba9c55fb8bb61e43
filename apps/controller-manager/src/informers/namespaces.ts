import type { Namespace } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export interface NamespaceFacts {
  readonly name: string
  readonly phase: string
  readonly deleting: boolean
}

export const namespaceInformer: InformerDefinition<Namespace, NamespaceFacts> = {
  ref: resources.namespaces,
  project: ({ metadata, status }) => ({
    name: metadata?.name ?? '',
    phase: status?.phase ?? '',
    deleting: (metadata?.deletionTimestamp ?? '') !== '',
  }),
}
