import type { KubeObject } from '@kubets/api-types'
import { keyOf } from '../resources/rest.ts'
import { createMissing } from './create-missing.ts'
import type { BootstrapObject, BootstrapOptions, BootstrapPart } from './part.ts'

const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const

/** The four namespaces. One that somebody deleted comes back. */
export const systemNamespaces: BootstrapPart = {
  objects: namespaces,
  async keep(options) {
    const { rest } = options
    const missing = namespaces(options).filter(
      ([entry, object]) => rest.cache.get(keyOf(entry, '', object.metadata?.name ?? '')) === undefined,
    )
    if (missing.length > 0) await createMissing(rest, missing)
  },
}

function namespaces({ rest }: BootstrapOptions): BootstrapObject[] {
  const entry = rest.catalogue.byResource('', 'v1', 'namespaces')
  if (entry === undefined) return []
  return names.map(name => [entry, { metadata: { name } } satisfies KubeObject])
}
