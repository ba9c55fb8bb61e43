import type { Exchange } from './exchange.ts'

/** A kind as discovery shows it. */
export interface Resource {
  group: string
  version: string
  /** Plural, lower case. */
  name: string
  kind: string
  namespaced: boolean
  verbs: readonly string[]
  /** By name, as `status`. */
  subresources: ReadonlyMap<string, { kind: string; verbs: readonly string[] }>
}

interface ApiResource {
  name: string
  kind: string
  namespaced: boolean
  verbs: string[]
}

/** Everything that a server says it serves, in discovery's order. */
export async function resourcesOf(exchange: Exchange): Promise<Resource[]> {
  const get = async (path: string) => JSON.parse((await exchange.send({ method: 'GET', path })).body.toString('utf8'))
  const groups = (await get('/apis')) as { groups: { versions: { groupVersion: string }[] }[] }
  const versions = ['v1', ...groups.groups.flatMap(group => group.versions.map(version => version.groupVersion))]
  const found: Resource[] = []
  for (const groupVersion of versions) {
    const [version = '', group = ''] = groupVersion.split('/').reverse()
    const list = (await get(group === '' ? `/api/${version}` : `/apis/${groupVersion}`)) as {
      resources?: ApiResource[]
    }
    const rows = list.resources ?? []
    const names = new Set(rows.map(row => row.name.split('/')[0] as string))
    for (const name of names) {
      const own = rows.find(row => row.name === name)
      const subresources = new Map(
        rows
          .filter(row => row.name.startsWith(`${name}/`))
          .map(row => [row.name.slice(name.length + 1), { kind: row.kind, verbs: row.verbs }]),
      )
      const namespaced = own?.namespaced ?? rows.find(row => row.name.startsWith(`${name}/`))?.namespaced ?? false
      found.push({ group, version, name, kind: own?.kind ?? '', namespaced, verbs: own?.verbs ?? [], subresources })
    }
  }
  return found
}

/** `apps/v1 deployments` */
export const titleOf = (resource: Resource) =>
  `${resource.group === '' ? '' : `${resource.group}/`}${resource.version} ${resource.name}`

export const apiVersionOf = ({ group, version }: Resource) => (group === '' ? version : `${group}/${version}`)

/** Path of the collection, within a namespace for kinds that live in one. */
export function collectionOf(resource: Resource, namespace: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  return resource.namespaced ? `${root}/namespaces/${namespace}/${resource.name}` : `${root}/${resource.name}`
}
