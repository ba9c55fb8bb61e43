import type { SubresourceHandler } from '../router.ts'
import { binding } from './binding.ts'
import { eviction } from './eviction.ts'
import { objectPart } from './object-part.ts'

/** All subresources, and the kinds that are only posted, by path. */
export const subresourceHandlers: Readonly<Record<string, SubresourceHandler>> = {
  '*/status': objectPart,
  'namespaces/finalize': objectPart,
  'pods/ephemeralcontainers': objectPart,
  'pods/resize': objectPart,
  'pods/binding': binding,
  bindings: binding,
  'pods/eviction': eviction,
}
