import type { ResourceEntry } from '@kubets/api-types'
import {
  badRequest,
  type FieldRequirement,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
} from '@kubets/apimachinery'
import type { CacheWatchOptions, Criterion, Entry } from '@kubets/storage'
import type { RequestInfo } from '../handlers/request-info.ts'
import { keyOf } from './rest.ts'

/** Which objects of a kind a LIST, WATCH or DELETECOLLECTION means. */
export interface Selection {
  /** No selector at all. */
  readonly everything: boolean
  /** Only this one object can match. */
  readonly key: string | undefined
  /** A field that the watch cache indexes. */
  readonly field: CacheWatchOptions['field']
  /** What every match has, for the cache's indexes. */
  readonly criteria: readonly Criterion[]
  matches(entry: Pick<Entry, 'labels' | 'fields'>): boolean
}

const all: Selection = { everything: true, key: undefined, field: undefined, criteria: [], matches: () => true }

/** Reads `labelSelector` and `fieldSelector`; a name in the path (watch of one object) selects it too. */
export function selection(entry: ResourceEntry, info: RequestInfo): Selection {
  const { query, name, namespace } = info
  const labelText = query.size === 0 ? '' : (query.get('labelSelector') ?? '')
  const fieldText = query.size === 0 ? '' : (query.get('fieldSelector') ?? '')
  if (labelText === '' && fieldText === '' && name === '') return all
  const labels =
    labelText === '' ? undefined : parsed(() => parseLabelSelector(labelText), 'unable to parse requirement: ')
  const fields = fieldText === '' ? undefined : parsed(() => parseFieldSelector(fieldText), '')
  const sent = fields?.requirements ?? []
  if (sent.length > 0) {
    const known = entry.fieldLabels ?? { ...(hasOwnFields(entry) ? {} : both), ...entry.selectableFields({}) }
    for (const { field } of sent) if (!Object.hasOwn(known, field)) throw badRequest(unsupported(entry, field))
  }
  const requirements =
    entry.fieldLabels === undefined
      ? sent
      : sent.map(one => ({ ...one, field: entry.fieldLabels?.[one.field] ?? one.field }))
  const exact = (field: string) => requirements.find(r => r.field === field && r.operator === '=')?.value
  const exactName = name !== '' ? name : exact('metadata.name')
  const exactNamespace = namespace !== '' ? namespace : exact('metadata.namespace')
  const node = exact('spec.nodeName')
  const [first] = requirements
  // what most watchers ask for: asked of thousands of them for each event
  const alone =
    name === '' && labels === undefined && requirements.length === 1 && first?.operator === '=' ? first : undefined
  return {
    everything: false,
    key:
      exactName === undefined || exactName === '' || (entry.namespaced && (exactNamespace ?? '') === '')
        ? undefined
        : keyOf(entry, exactNamespace ?? '', exactName),
    field:
      exactName !== undefined
        ? { name: 'metadata.name', value: exactName }
        : node !== undefined
          ? { name: 'spec.nodeName', value: node }
          : undefined,
    criteria: criteriaOf(requirements, labels?.requirements ?? []),
    matches:
      alone !== undefined
        ? object => (object.fields[alone.field] ?? '') === alone.value
        : object =>
            (name === '' || object.fields['metadata.name'] === name) &&
            (labels === undefined || labels.matches(object.labels)) &&
            requirements.every(r => (r.operator === '=') === ((object.fields[r.field] ?? '') === r.value)),
  }
}

/** Fields that name one of many come first; then labels, which mostly do; then what has few values. */
const namesOne = new Set(['spec.nodeName', 'metadata.name', 'involvedObject.uid', 'involvedObject.name'])

function criteriaOf(fields: readonly FieldRequirement[], labels: readonly Requirement[]): Criterion[] {
  const ofFields: Criterion[] = fields
    .filter(({ operator }) => operator === '=')
    .map(({ field, value }) => ({ of: 'field', name: field, value }))
  const ofLabels: Criterion[] = labels
    .filter(
      ({ operator, values }) => (operator === '=' || operator === '==' || operator === 'in') && values.length === 1,
    )
    .map(({ key, values }) => ({ of: 'label', name: key, value: values[0] as string }))
  const [first, last] = [
    ofFields.filter(one => namesOne.has(one.name)),
    ofFields.filter(one => !namesOne.has(one.name)),
  ]
  return [...first, ...ofLabels, ...last]
}

/** What every kind can be selected by, cluster-scoped ones too. */
const both = { 'metadata.name': '', 'metadata.namespace': '' }

/** Kinds with fields of their own refuse others in other words than kinds that have none. */
const hasOwnFields = (entry: ResourceEntry) =>
  entry.fieldLabels !== undefined || Object.keys(entry.selectableFields({})).length > (entry.namespaced ? 2 : 1)

function unsupported(entry: ResourceEntry, field: string): string {
  if (entry.unsupportedFieldLabel !== undefined) return entry.unsupportedFieldLabel(field)
  return hasOwnFields(entry)
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}

function parsed<T>(parse: () => T, prefix: string): T {
  try {
    return parse()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw badRequest(message.startsWith(prefix) ? message : prefix + message)
  }
}
