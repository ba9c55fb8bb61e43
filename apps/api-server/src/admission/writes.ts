import type { AdmissionRequest } from './admission.ts'

type Operation = AdmissionRequest['operation']

/**
 * Whether a request writes the object of a kind itself, none of its subresources, by one of these operations: what most plugins ask first.
 * `resource` is the plural; `group` is left out for the core group.
 */
export function writesTo(
  kind: { group?: string; resource: string },
  operations: readonly Operation[],
): (request: AdmissionRequest) => boolean {
  const { group = '', resource } = kind
  return ({ operation, entry, subresource }) =>
    subresource === '' && entry.resource === resource && entry.group === group && operations.includes(operation)
}
