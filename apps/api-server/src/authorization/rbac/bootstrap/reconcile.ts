import type { ClusterRole, KubeObject, Role, RoleBinding } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { uncovered } from '../covers.ts'
import { autoUpdate } from './objects.ts'

/** Somebody has said that the object is theirs. */
export const isProtected = ({ metadata }: KubeObject): boolean => metadata?.annotations?.[autoUpdate] === 'false'

/**
 * The present role with what it lacks of the wanted one: rules that it does not cover, selectors, labels, annotations. undefined: it lacks nothing.
 * What somebody has added stays.
 */
export function reconciledRole<T extends ClusterRole | Role>(present: T, wanted: T): T | undefined {
  const metadata = reconciledMetadata(present, wanted)
  const rules = uncovered(present.rules ?? [], wanted.rules ?? [])
  const before = (present as ClusterRole).aggregationRule
  const aggregationRule = (wanted as ClusterRole).aggregationRule
  const selectors = (aggregationRule?.clusterRoleSelectors ?? []).filter(
    selector => !(before?.clusterRoleSelectors ?? []).some(one => semanticEqual(one, selector)),
  )
  const unwanted = aggregationRule === undefined && before !== undefined
  if (metadata === undefined && rules.length === 0 && selectors.length === 0 && !unwanted) return undefined
  const { aggregationRule: _, ...rest } = present as ClusterRole
  return {
    ...rest,
    metadata: metadata ?? present.metadata,
    rules: rules.length === 0 ? present.rules : [...(present.rules ?? []), ...rules],
    ...(before === undefined && selectors.length === 0
      ? {}
      : unwanted
        ? {}
        : { aggregationRule: { clusterRoleSelectors: [...(before?.clusterRoleSelectors ?? []), ...selectors] } }),
  } as T
}

/** Another role is bound: that cannot be changed, the binding has to be made anew. */
export const bindsAnother = (present: RoleBinding, wanted: RoleBinding): boolean =>
  !semanticEqual(present.roleRef, wanted.roleRef)

/** The present binding with the subjects, labels and annotations that it lacks. undefined: it lacks nothing. */
export function reconciledBinding<T extends RoleBinding>(present: T, wanted: T): T | undefined {
  const metadata = reconciledMetadata(present, wanted)
  const subjects = (wanted.subjects ?? []).filter(
    subject => !(present.subjects ?? []).some(one => semanticEqual(one, subject)),
  )
  if (metadata === undefined && subjects.length === 0) return undefined
  return {
    ...present,
    metadata: metadata ?? present.metadata,
    ...(subjects.length === 0 ? {} : { subjects: [...(present.subjects ?? []), ...subjects] }),
  }
}

function reconciledMetadata({ metadata: present }: KubeObject, { metadata: wanted }: KubeObject) {
  // what is there wins: only what is not there is added
  const labels = { ...wanted?.labels, ...present?.labels }
  const annotations = { ...wanted?.annotations, ...present?.annotations }
  if (semanticEqual(labels, present?.labels) && semanticEqual(annotations, present?.annotations)) return undefined
  return { ...present, labels, annotations }
}
