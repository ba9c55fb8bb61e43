import { type FieldRequirement, parseFieldSelector, parseLabelSelector, type Requirement } from '@kubets/apimachinery'
import type { RequestContext, UserInfo } from '../handlers/request-context.ts'
import type { RequestInfo } from '../handlers/request-info.ts'
import type { AccessRequest } from './authorizer.ts'

/** The verbs whose selectors the server honours. */
const selecting: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

/** What a request asks for, as authorizers see it. Selectors are read when one of them looks at them: RBAC never does. */
export class RequestedAccess implements AccessRequest {
  readonly user: UserInfo
  readonly verb: string
  readonly path: string | undefined
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** Of the path; of the field selector where a list or a watch asks for one object only. */
  readonly name: string
  readonly #query: URLSearchParams

  constructor({ user, info }: Pick<RequestContext, 'user' | 'info'>) {
    this.user = user
    this.verb = info.verb
    this.path = info.isResourceRequest ? undefined : info.path
    this.group = info.group
    this.version = info.version
    this.resource = info.resource
    this.subresource = info.subresource
    this.namespace = info.namespace
    this.#query = info.query
    this.name = info.name === '' && info.query.size > 0 ? nameSelected(info) : info.name
  }

  get fieldRequirements(): readonly FieldRequirement[] | undefined {
    return this.#read('fieldSelector', parseFieldSelector)
  }

  get labelRequirements(): readonly Requirement[] | undefined {
    return this.#read('labelSelector', parseLabelSelector)
  }

  #read<T>(
    parameter: string,
    parse: (text: string) => { readonly requirements: readonly T[] },
  ): readonly T[] | undefined {
    const text = selecting.has(this.verb) ? (this.#query.get(parameter) ?? '') : ''
    if (text === '') return undefined
    try {
      return parse(text).requirements
    } catch {
      // it will be refused where it is used; until then it narrows nothing
      return undefined
    }
  }
}

function nameSelected({ verb, query, isResourceRequest }: RequestInfo): string {
  if (!isResourceRequest || (verb !== 'list' && verb !== 'watch')) return ''
  const text = query.get('fieldSelector') ?? ''
  // most selectors name another field: not worth parsing
  if (!text.includes('metadata.name')) return ''
  try {
    const name = parseFieldSelector(text).exact('metadata.name') ?? ''
    return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name
  } catch {
    return ''
  }
}
