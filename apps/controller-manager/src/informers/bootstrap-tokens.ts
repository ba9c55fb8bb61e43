import type { Secret } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

/** The bootstrap tokens of the cluster: secrets of one type in kube-system. */
export const bootstrapTokenInformer: InformerDefinition<Secret, Secret> = {
  ref: resources.secrets,
  fieldSelector: 'metadata.namespace=kube-system,type=bootstrap.kubernetes.io/token',
}
