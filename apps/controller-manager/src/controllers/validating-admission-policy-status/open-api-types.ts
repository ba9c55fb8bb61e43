import type { TypedSchema } from '@kubets/cel'
import type { Client } from '@kubets/client'
import { populateRefs, type Schemas } from './populate-refs.ts'
import type { GroupVersionKind } from './types-to-check.ts'

/** Finds the schemas of kinds in the server's OpenAPI documents. Documents are asked for once: make a new one for each policy. */
export class OpenApiTypes {
  readonly #client: Pick<Client, 'raw'>
  readonly #signal: AbortSignal
  readonly #documents = new Map<string, Promise<Schemas>>()
  #index: Promise<Readonly<Record<string, { serverRelativeURL: string }>>> | undefined

  constructor(client: Pick<Client, 'raw'>, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** The schema of a kind, complete; undefined where the server has none. */
  async schemaOf(wanted: GroupVersionKind): Promise<TypedSchema | undefined> {
    const { group, version, kind } = wanted
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`
    this.#index ??= this.#read('/openapi/v3').then(({ paths }) => paths ?? {})
    const url = (await this.#index)[path]?.serverRelativeURL
    if (url === undefined) return undefined
    let document = this.#documents.get(url)
    if (document === undefined) {
      document = this.#read(url).then(({ components }) => components?.schemas ?? {})
      this.#documents.set(url, document)
    }
    const schemas = await document
    const name = Object.keys(schemas).find(each =>
      schemas[each]?.['x-kubernetes-group-version-kind']?.some(
        one => one.group === group && one.version === version && one.kind === kind,
      ),
    )
    return name === undefined ? undefined : populateRefs(schemas, name)
  }

  async #read(path: string): Promise<{
    paths?: Record<string, { serverRelativeURL: string }>
    components?: { schemas?: Schemas }
  }> {
    const { status, body } = await this.#client.raw('GET', path, undefined, {
      accept: 'application/json',
      signal: this.#signal,
    })
    if (status !== 200) throw new Error(`OpenAPI: GET ${path} was answered with ${status}`)
    return JSON.parse(body.toString('utf8'))
  }
}
