import type { Namespace } from '../../../../wire.ts'

export const nameLabel = 'kubernetes.io/metadata.name'

/** The label that selectors use to find a namespace by its name, and phase Active. */
export function applyDefaults(namespace: Namespace): void {
  const { metadata } = namespace
  if (metadata?.name) {
    metadata.labels ??= {}
    metadata.labels[nameLabel] = metadata.name
  }
  namespace.status ??= {}
  namespace.status.phase ||= 'Active'
}
