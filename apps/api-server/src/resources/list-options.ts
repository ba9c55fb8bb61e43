import type { StatusCause } from '@kubets/api-types'
import { invalid } from '@kubets/apimachinery'
import { boolParameter, intParameter } from './query.ts'

export interface ListOptions {
  /** As sent; undefined when absent or empty. */
  resourceVersion: string | undefined
  match: 'Exact' | 'NotOlderThan' | undefined
  limit: number
  continue: string | undefined
  timeoutSeconds: number | undefined
  allowWatchBookmarks: boolean
  sendInitialEvents: boolean | undefined
}

const noOptions: ListOptions = {
  resourceVersion: undefined,
  match: undefined,
  limit: 0,
  continue: undefined,
  timeoutSeconds: undefined,
  allowWatchBookmarks: false,
  sendInitialEvents: undefined,
}

/** Reads and checks the options of LIST, WATCH and DELETECOLLECTION. Throws 422 in upstream's words for what does not go together. */
export function listOptions(query: URLSearchParams, verb: 'list' | 'watch'): ListOptions {
  if (query.size === 0) return verb === 'list' ? noOptions : (withWatchDefaults(noOptions) as ListOptions)
  const text = (name: string) => query.get(name) || undefined
  const sent = {
    resourceVersion: text('resourceVersion'),
    match: text('resourceVersionMatch'),
    limit: intParameter(query, 'limit') ?? 0,
    continue: text('continue'),
    timeoutSeconds: intParameter(query, 'timeoutSeconds'),
    allowWatchBookmarks: boolParameter(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: boolParameter(query, 'sendInitialEvents'),
  }
  const options = verb === 'watch' ? withWatchDefaults(sent) : sent
  const causes = verb === 'watch' ? watchCauses(options) : listCauses(options)
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
  return options as ListOptions
}

type Raw = Omit<ListOptions, 'match'> & { match: string | undefined }

const field = 'resourceVersionMatch'
const forbidden = (message: string, of = field): StatusCause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
  field: of,
})
const unsupported = (value: string, supported: string): StatusCause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  field,
})

function listCauses(o: Raw): StatusCause[] {
  const causes: StatusCause[] = []
  if (o.match !== undefined) {
    if (o.resourceVersion === undefined)
      causes.push(forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (o.continue !== undefined) causes.push(forbidden('resourceVersionMatch is forbidden when continue is provided'))
    if (o.match !== 'Exact' && o.match !== 'NotOlderThan')
      causes.push(unsupported(o.match, '"Exact", "NotOlderThan", ""'))
    if (o.match === 'Exact' && o.resourceVersion === '0')
      causes.push(forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (o.sendInitialEvents !== undefined)
    causes.push(forbidden('sendInitialEvents is forbidden for list', 'sendInitialEvents'))
  return causes
}

function watchCauses({ match, sendInitialEvents, continue: token }: Raw): StatusCause[] {
  const causes: StatusCause[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    causes.push(forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  if (match === undefined) return causes
  if (sendInitialEvents === undefined)
    causes.push(forbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
  if (match !== 'NotOlderThan') causes.push(unsupported(match, '"NotOlderThan"'))
  if (token !== undefined) causes.push(forbidden('resourceVersionMatch is forbidden when continue is provided'))
  return causes
}

/** A watch that says nothing of where it begins asks for the present state, in the words of today. */
function withWatchDefaults(options: Raw): Raw {
  const { resourceVersion, match, sendInitialEvents } = options
  if (match !== undefined || sendInitialEvents !== undefined) return options
  if (resourceVersion !== undefined && resourceVersion !== '0') return options
  return { ...options, match: 'NotOlderThan', sendInitialEvents: true }
}
