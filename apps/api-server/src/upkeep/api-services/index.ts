import type { APIService, EndpointSlice, ResourceEntry, Service } from '@kubets/api-types'
import { prefixEnd } from '@kubets/storage'
import { cachedObject } from '../../resources/cached-object.ts'
import { ownEntry } from '../../resources/own-writes.ts'
import type { Rest } from '../../resources/rest.ts'
import { conditionOf, type Said, saysSame, withCondition } from '../conditions.ts'
import type { Keeper } from '../keeper.ts'
import { writeStatus } from '../write-status.ts'
import { addressOf, type Behind, failedDiscovery, local, passed, unreachable } from './availability.ts'
import { checkDiscovery, type DiscoveryCheck } from './discovery-check.ts'

/** A server that answers is asked again so often, ms: what fails on the way to it is no change of an object. */
const recheck = 30_000

const serviceNameLabel = 'kubernetes.io/service-name'

/** Keeps `Available` of APIServices: local ones always are, others as their Service, its endpoints and the server itself say. */
export function apiServiceKeeper(
  rest: Rest,
  entry: ResourceEntry,
  check: (question: DiscoveryCheck) => Promise<void> = checkDiscovery,
): Keeper {
  const services = ownEntry(rest, '', 'services')
  const slices = ownEntry(rest, 'discovery.k8s.io', 'endpointslices')
  /** APIServices by the Service they stand on: `namespace/name`. */
  const standing = new Map<string, Set<string>>()
  const place = new Map<string, string>()
  const put = (name: string, service: string | undefined) => {
    const before = place.get(name)
    if (before === service) return
    if (before !== undefined) {
      const names = standing.get(before)
      names?.delete(name)
      if (names?.size === 0) standing.delete(before)
    }
    if (service === undefined) {
      place.delete(name)
      return
    }
    place.set(name, service)
    standing.set(service, (standing.get(service) ?? new Set()).add(name))
  }
  const nobody: readonly string[] = []
  return {
    name: 'api-services',
    concurrency: 5,
    maxDelay: recheck,
    follows: [
      { kind: entry, keys: ({ name }) => [name] },
      { kind: services, keys: ({ namespace, name }) => standing.get(`${namespace}/${name}`) ?? nobody },
      {
        kind: slices,
        keys: change => standing.get(`${change.namespace}/${change.entry.labels[serviceNameLabel]}`) ?? nobody,
      },
    ],
    async reconcile(name, { signal }) {
      const found = cachedObject(rest, entry, '', name) as APIService | undefined
      const { service } = found?.spec ?? {}
      put(name, service ? `${service.namespace}/${service.name}` : undefined)
      if (found === undefined) return undefined
      if (!service) {
        await tell(rest, entry, name, found, local)
        return undefined
      }
      const behind = whatStandsBehind(rest, services, slices, service)
      const said = unreachable(found, behind) ?? (await ask(found, behind, check, signal))
      if (signal.aborted) return undefined
      await tell(rest, entry, name, found, said)
      // as if the attempt had failed: sooner than the next round
      if (said.reason === 'FailedDiscoveryCheck') throw new Error(said.message)
      return { requeueAfter: recheck }
    },
  }
}

function whatStandsBehind(
  rest: Rest,
  services: ResourceEntry,
  slices: ResourceEntry,
  { namespace = '', name = '' }: { namespace?: string; name?: string },
): Behind {
  const prefix = `${slices.storagePrefix}${namespace}/`
  const found: EndpointSlice[] = []
  for (const { labels, bytes } of rest.cache.snapshot().range(prefix, prefixEnd(prefix)))
    if (labels[serviceNameLabel] === name) found.push(rest.codec.decode(slices, bytes) as EndpointSlice)
  return { service: cachedObject(rest, services, namespace, name) as Service | undefined, slices: found }
}

async function ask(
  service: APIService,
  behind: Behind,
  check: (question: DiscoveryCheck) => Promise<void>,
  signal: AbortSignal,
): Promise<Said> {
  try {
    const address = addressOf(behind.service as Service, service.spec?.service?.port ?? 443)
    await check({ address, service, signal })
    return passed
  } catch (error) {
    return failedDiscovery((error as Error).message)
  }
}

async function tell(rest: Rest, entry: ResourceEntry, name: string, found: APIService, said: Said): Promise<void> {
  const isTold = ({ status }: APIService) => saysSame(conditionOf(status?.conditions, said.type), said)
  if (isTold(found)) return
  await writeStatus<APIService>(rest, entry, name, current =>
    isTold(current)
      ? undefined
      : ({
          ...current.status,
          conditions: withCondition(current.status?.conditions, said, rest.clock.now()),
        } as unknown as APIService['status']),
  )
}
