import type { Pod, RuntimeClass } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import { equalLists, parseList } from '@kubets/quota'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { mergeTolerations } from './merge-tolerations.ts'

export interface RuntimeClassOptions {
  cache: Pick<WatchCache, 'get'>
  store: Pick<KeyValueStore, 'get'>
}

const prefix = '/registry/runtimeclasses/'

/** A pod that names a RuntimeClass gets its overhead, node selector and tolerations; nobody else has an overhead. */
export function runtimeClass(options: RuntimeClassOptions): AdmissionPlugin {
  const withClass = (request: AdmissionRequest, judge: (found: RuntimeClass) => void): undefined | Promise<void> => {
    const name = (request.object as Pod).spec?.runtimeClassName ?? ''
    const known = options.cache.get(prefix + name)
    if (known !== undefined) {
      judge(parse(known.bytes))
      return undefined
    }
    // made a moment ago by this client, perhaps: the store knows
    return options.store.get(prefix + name).then(({ kv }) => {
      if (kv === undefined) throw refused(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
      judge(parse(kv.value))
    })
  }
  return {
    name: 'RuntimeClass',
    mutate(request) {
      if (!isNewPod(request) || !namesClass(request)) return undefined
      return withClass(request, found => {
        setOverhead(request, found)
        setScheduling(request, found)
      })
    },
    validate(request) {
      if (!isNewPod(request)) return undefined
      if (namesClass(request)) return withClass(request, found => checkOverhead(request, found))
      checkOverhead(request, undefined)
      return undefined
    },
  }
}

const parse = (bytes: Uint8Array): RuntimeClass => JSON.parse(Buffer.from(bytes).toString())

const isNewPod = ({ operation, entry, subresource, object }: AdmissionRequest) =>
  operation === 'CREATE' &&
  entry.group === '' &&
  entry.resource === 'pods' &&
  subresource === '' &&
  (object as Pod).spec !== undefined

const namesClass = ({ object }: AdmissionRequest) => (object as Pod).spec?.runtimeClassName !== undefined

const refused = ({ entry, name }: AdmissionRequest, why: string) => forbidden(entry, name, why)

const otherOverhead = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

function setOverhead(request: AdmissionRequest, { overhead }: RuntimeClass): void {
  const { spec } = request.object as Pod
  if (spec === undefined || overhead === undefined) return
  const given = parseList(spec.overhead)
  if (given.size > 0 && !equalLists(given, parseList(overhead.podFixed))) throw refused(request, otherOverhead)
  if (overhead.podFixed !== undefined) spec.overhead = { ...overhead.podFixed }
}

function checkOverhead(request: AdmissionRequest, found: RuntimeClass | undefined): void {
  const own = (request.object as Pod).spec?.overhead
  if (found?.overhead !== undefined) {
    if (!equalLists(parseList(found.overhead.podFixed), parseList(own))) throw refused(request, otherOverhead)
  } else if (own !== undefined)
    throw refused(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
}

function setScheduling(request: AdmissionRequest, { scheduling }: RuntimeClass): void {
  const { spec } = request.object as Pod
  if (spec === undefined || scheduling === undefined) return
  const selector = { ...spec.nodeSelector }
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = selector[key]
    if (own !== undefined && own !== value) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`
      throw refused(request, why)
    }
    selector[key] = value
  }
  if (Object.keys(selector).length > 0) spec.nodeSelector = selector
  const tolerations = mergeTolerations([...(spec.tolerations ?? []), ...(scheduling.tolerations ?? [])])
  if (tolerations.length > 0) spec.tolerations = tolerations
}
