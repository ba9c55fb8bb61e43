import { aggregate, type FieldError, field } from '@kubets/apimachinery'
import { type EventRateLimit, limitTypes } from './contract.ts'
import { type Document, integer, kindError, list, members, text } from './document.ts'

const defaultCacheSize = 4096

/** @throws Error with upstream's texts. */
export function readEventRateLimits(document: Document): readonly EventRateLimit[] {
  const { kind, apiVersion } = document
  if (kind !== 'Configuration' || apiVersion !== 'eventratelimit.admission.k8s.io/v1alpha1') throw kindError(document)
  members(document, '', ['apiVersion', 'kind', 'limits'])
  const errors: FieldError[] = []
  const limits = list(document.limits, 'limits').map((limit, i): EventRateLimit => {
    const path = `limits[${i}]`
    members(limit, `${path}.`, ['type', 'qps', 'burst', 'cacheSize'])
    const name = text(limit.type, `${path}.type`)
    const type = limitTypes.find(known => known === name)
    if (type === undefined) errors.push(field.notSupported(`${path}.type`, name, limitTypes))
    const number = (member: string) => integer(limit[member], `${path}.${member}`)
    const [burst, qps, cacheSize] = [number('burst'), number('qps'), number('cacheSize')]
    if (burst <= 0) errors.push(field.invalid(`${path}.burst`, burst, 'must be positive'))
    if (qps <= 0) errors.push(field.invalid(`${path}.qps`, qps, 'must be positive'))
    if (type !== 'Server' && cacheSize < 0)
      errors.push(field.invalid(`${path}.cacheSize`, cacheSize, 'must not be negative'))
    return { type: type ?? 'Server', qps, burst, cacheSize: cacheSize || defaultCacheSize }
  })
  if (limits.length === 0) errors.push(field.invalid('limits', null, 'must not be empty'))
  if (errors.length > 0) throw new Error(aggregate(errors))
  return limits
}
