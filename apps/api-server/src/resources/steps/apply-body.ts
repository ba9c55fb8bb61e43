import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  type Applied,
  ApplyConflicts,
  applyConflict,
  applyStepsFromClientSide,
  badRequest,
  cloneJson,
  countMembers,
  decodeJson,
  formatTime,
  type Json,
  keepLastApplied,
  plainError,
  type Steps,
  TypeMismatch,
} from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { warn } from '../../handlers/respond.ts'
import { groupVersion } from '../group-version.ts'
import type { Rest } from '../rest.ts'
import type { WriteOptions } from '../write-options.ts'
import { bare, managersOf, setManagers } from './managed-fields.ts'
import { managedKind, requestForm } from './managed-kind.ts'
import { rawMembersOf } from './raw-members.ts'
import { readYaml } from './read-yaml.ts'
import { shownKind } from './shown-kind.ts'

/** The configuration of an apply. */
export interface ApplyBody {
  readonly config: KubeObject
  /** Go's text for what only a strict reader refuses: keys that stand twice. */
  readonly strictError: string | undefined
}

/** Reads the body of an apply patch: YAML, of which JSON is a part. Throws 400 in upstream's words. */
export async function readApplyBody(bytes: Buffer): Promise<ApplyBody> {
  const { value, strictError } =
    bytes[0] === 0x7b ? (jsonBody(bytes) ?? (await yamlBody(bytes))) : await yamlBody(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (value === null || value === undefined) return { config: {}, strictError }
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    )
  }
  return { config: value as KubeObject, strictError }
}

interface ReadValue {
  readonly value: unknown
  readonly strictError: string | undefined
}

function jsonBody(bytes: Buffer): ReadValue | undefined {
  try {
    const { value, members } = decodeJson(bytes)
    // a key that stands twice is told by the YAML reader, which says where
    return members === countMembers(value) ? { value, strictError: undefined } : undefined
  } catch {
    return undefined
  }
}

/** What Go's library says where ours does not find a value; other problems keep our library's words. */
function goYamlProblem(why: string): string {
  const found = /^Unexpected .* in flow (?:map|seq|collection).* at line (\d+)/.exec(why)
  if (found === null) return why
  return `${found[1] === '1' ? '' : `line ${found[1]}: `}did not find expected node content`
}

async function yamlBody(bytes: Buffer): Promise<ReadValue> {
  try {
    const { value, repeated } = await readYaml(bytes)
    const lines = repeated.map(line => `\n  ${line}`).join('')
    return {
      value,
      strictError: lines === '' ? undefined : `error converting YAML to JSON: yaml: unmarshal errors:${lines}`,
    }
  } catch (error) {
    const [why = ''] = (error as Error).message.split('\n')
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${goYamlProblem(why)}`)
  }
}

/** The object that an apply makes of the live one (undefined: of nothing), in the stored form and with its managers. */
export function* applyBody(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  body: ApplyBody,
  live: KubeObject | undefined,
  options: WriteOptions,
): Steps<KubeObject> {
  const apiVersion = groupVersion(entry)
  const config = cloneJson(body.config as Json) as KubeObject
  checkConfig(entry, config)
  const present = live === undefined ? { apiVersion, kind: entry.kind } : bare(requestForm(rest, entry, live))
  yield
  let applied: Applied
  try {
    applied = yield* applyStepsFromClientSide({
      kind: managedKind(rest, entry, context.info.subresource),
      apiVersion,
      live: present,
      liveManaged: managersOf(live),
      config,
      manager: options.fieldManager,
      subresource: context.info.subresource,
      force: options.force ?? false,
      now: formatTime(rest.clock.now()),
    })
  } catch (error) {
    if (error instanceof ApplyConflicts) throw applyConflict(error)
    if (error instanceof TypeMismatch)
      throw plainError(`failed to create typed patch object (${shown(entry, config)}): ${error.message}`)
    throw error
  }
  yield
  const object =
    applied.object === undefined
      ? (cloneJson(bare(live ?? {}) as Json) as KubeObject)
      : typedObject(rest, entry, applied.object as KubeObject, config)
  keepLastApplied(object, body.config, options.fieldManager)
  setManagers(object, applied.managed)
  if (body.strictError !== undefined && options.fieldValidation !== 'Ignore') {
    if (options.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${body.strictError}`)
    warn(context, body.strictError)
  }
  return object
}

function checkConfig(entry: ResourceEntry, config: KubeObject): void {
  const kind = textOf(config.kind)
  const apiVersion = textOf(config.apiVersion)
  if (kind !== entry.kind || apiVersion !== groupVersion(entry))
    throw badRequest(`invalid object type: ${shownKind(apiVersion, kind)}`)
  const { managedFields } = config.metadata ?? {}
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil')
}

/** The merged object as a typed one, in the stored form: nulls mean "not set", and values are what they have to be. */
function typedObject(rest: Rest, entry: ResourceEntry, object: KubeObject, config: KubeObject): KubeObject {
  const schema = rest.schemas.get(entry.schema)
  const report = schema.check(object)
  if (report.error !== undefined)
    throw plainError(
      `failed to convert new object (${shown(entry, config)}) to proper version: unable to convert unstructured object to ${shownKind(groupVersion(entry), entry.kind)}: error decoding from json: ${report.error}`,
    )
  schema.stripUnknown(object)
  return rest.codec.toHub(entry, rawMembersOf(rest.schemas).sorted(entry.schema, object))
}

const shown = (entry: ResourceEntry, { metadata }: KubeObject): string =>
  `${textOf(metadata?.namespace)}/${textOf(metadata?.name)}; ${shownKind(groupVersion(entry), entry.kind)}`

/** The body is not checked yet: what should be a text may be anything, and then counts as none. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
