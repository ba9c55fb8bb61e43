import type { GroupResource } from '../transformer.ts'

/** `deployments.apps` → deployments of apps; what has no dot is of the core group. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.')
  return dot === -1 ? { resource: text, group: '' } : { resource: text.slice(0, dot), group: text.slice(dot + 1) }
}

/** The name that metrics and maps have for it. */
export const nameOf = ({ group, resource }: GroupResource): string => (group === '' ? resource : `${resource}.${group}`)

/** The name as one writes it into a configuration. */
export const writtenName = (one: GroupResource): string =>
  one.group === '' && one.resource === '*' ? '*.' : nameOf(one)
