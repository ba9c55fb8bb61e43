import type { Client, ResourceRef } from '@kubets/client'
import type { Logger } from '@kubets/component'

/** A collection that the server serves. */
export interface ServerResource extends ResourceRef {
  readonly verbs: ReadonlySet<string>
  /** The version that the server prefers among those of its group that have this resource. */
  readonly preferred: boolean
}

/** What the server said it has. */
export interface Discovered {
  readonly resources: readonly ServerResource[]
  /** Group versions whose own server could not be asked: `metrics.k8s.io/v1beta1`. */
  readonly failed: readonly string[]
}

interface GroupDiscovery {
  metadata?: { name?: string }
  versions?: {
    version: string
    freshness?: string
    resources?: { resource: string; responseKind?: { kind?: string }; scope: string; verbs?: string[] }[]
  }[]
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Asks the server for everything it has, in two requests. Throws when it does not answer. */
export async function discover(client: Pick<Client, 'raw'>, signal?: AbortSignal): Promise<Discovered> {
  const answers = await Promise.all(
    ['/api', '/apis'].map(async path => {
      const { status, body } = await client.raw('GET', path, undefined, { accept, ...(signal ? { signal } : {}) })
      if (status !== 200) throw new Error(`discovery: GET ${path} was answered with ${status}`)
      return (JSON.parse(body.toString('utf8')) as { items?: GroupDiscovery[] }).items ?? []
    }),
  )
  return readDiscovery(answers.flat())
}

/** Groups in the server's order, each with its versions in order of preference. Pure. */
export function readDiscovery(groups: readonly GroupDiscovery[]): Discovered {
  const resources: ServerResource[] = []
  const failed: string[] = []
  for (const { metadata, versions = [] } of groups) {
    const group = metadata?.name ?? ''
    const seen = new Set<string>()
    for (const { version, freshness, resources: listed = [] } of versions) {
      if (freshness === 'Stale') {
        failed.push(group === '' ? version : `${group}/${version}`)
        continue
      }
      for (const { resource, responseKind, scope, verbs = [] } of listed) {
        resources.push({
          group,
          version,
          resource,
          kind: responseKind?.kind ?? '',
          namespaced: scope === 'Namespaced',
          verbs: new Set(verbs),
          preferred: !seen.has(resource),
        })
        seen.add(resource)
      }
    }
  }
  return { resources, failed }
}

/** What the server has, as last asked, found by kind or by resource. */
export class ServerResources {
  readonly #client: Pick<Client, 'raw'>
  readonly #logger: Logger
  #discovered: Discovered = { resources: [], failed: [] }
  #byKind = new Map<string, ServerResource>()
  #asking: Promise<Discovered> | undefined

  constructor(client: Pick<Client, 'raw'>, logger: Logger) {
    this.#client = client
    this.#logger = logger
  }

  get current(): Discovered {
    return this.#discovered
  }

  /** Asks again; callers at the same time share one answer. What failed to answer stays as it was known. */
  refresh(signal?: AbortSignal): Promise<Discovered> {
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(signal?: AbortSignal): Promise<Discovered> {
    const found = await discover(this.#client, signal)
    if (found.failed.length > 0) this.#logger.warn({ failed: found.failed }, 'Some groups could not be discovered')
    const failed = new Set(found.failed)
    const kept = this.#discovered.resources.filter(resource => failed.has(apiVersionOf(resource)))
    this.#discovered = { resources: [...found.resources, ...kept], failed: found.failed }
    this.#byKind = new Map(
      // names with a slash are subresources, which have kinds of others
      this.#discovered.resources.map(resource => [`${apiVersionOf(resource)}/${resource.kind}`, resource] as const),
    )
    return this.#discovered
  }

  /** The collection of an `apiVersion` and `kind`, if the server has it. */
  byKind(apiVersion: string, kind: string): ServerResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  serves(ref: ResourceRef): boolean {
    return this.byKind(apiVersionOf(ref), ref.kind)?.resource === ref.resource
  }
}

export function apiVersionOf({ group, version }: Pick<ResourceRef, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}
