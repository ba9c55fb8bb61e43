import { append, ipWarnings, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { Ingress } from '../../types.ts'
import { classAnnotation, validateIngress, validateIngressUpdate, validateLoadBalancer } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.networking.v1.IngressSpec')

export const strategy: Strategy<Ingress> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} }
    firstGeneration(ingress)
  },
  prepareForUpdate(ingress, old, { subresource }) {
    if (subresource === 'status') return keep(ingress, old, 'spec')
    keep(ingress, old, 'status')
    countGeneration(ingress, old, !sameSpec(ingress.spec, old.spec))
  },
  validate: ingress => [
    ...validateBuiltinMeta(ingress.metadata, true, nameIsDnsSubdomain),
    ...validateIngress(ingress),
  ],
  validateUpdate(ingress, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(ingress.metadata, old.metadata)
    if (subresource === 'status') {
      append(errors, validateLoadBalancer(ingress.status?.loadBalancer ?? {}, old.status?.loadBalancer ?? {}))
    } else append(errors, validateIngressUpdate(ingress, old))
    return errors
  },
  warnings(ingress, old) {
    const { metadata, spec, status } = ingress
    if (old === undefined) {
      if (metadata?.annotations?.[classAnnotation] === undefined || spec?.ingressClassName !== undefined) return []
      return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
    }
    // the main resource takes its status from the old object: only a writer of the status hears about it
    if (status?.loadBalancer === old.status?.loadBalancer) return []
    return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
      ip ? ipWarnings(`status.loadBalancer.ingress[${i}]`, ip) : [],
    )
  },
}
