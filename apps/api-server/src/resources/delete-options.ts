import type { StatusCause } from '@kubets/api-types'
import { badRequest, field, invalid } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { boolParameter, intParameter } from './query.ts'
import type { Rest } from './rest.ts'
import { wrongTypeMeta } from './steps/check-kind.ts'
import { bodyFormat, decodeBody } from './steps/decode-body.ts'
import { notAnObject } from './steps/decode-errors.ts'
import { readBytes } from './steps/read-body.ts'

export interface DeleteOptions {
  gracePeriodSeconds: number | undefined
  preconditions: { uid?: string; resourceVersion?: string }
  propagationPolicy: string | undefined
  orphanDependents: boolean | undefined
  dryRun: boolean
}

const kind = { kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' }

interface Sent {
  gracePeriodSeconds?: number | null
  preconditions?: { uid?: string; resourceVersion?: string } | null
  propagationPolicy?: string | null
  orphanDependents?: boolean | null
  dryRun?: string[] | null
}

/** Options of a delete: a body wins over the query, as upstream. */
export async function deleteOptions(rest: Rest, context: RequestContext): Promise<DeleteOptions> {
  const { info } = context
  const bytes = await readBytes(rest, context)
  const sent = bytes.length > 0 ? await bodyOptions(rest, context, bytes) : queryOptions(info.query)
  const causes: StatusCause[] = []
  const { propagationPolicy: policy, orphanDependents: orphan } = sent
  if (policy !== undefined && orphan !== undefined)
    causes.push(
      field.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    )
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy))
    causes.push(field.notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']))
  if (sent.dryRunValues.some(v => v !== 'All')) causes.push(field.notSupported('dryRun', sent.dryRunValues, ['All']))
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', causes)
  return { ...sent, dryRun: sent.dryRunValues.length > 0 }
}

type Parsed = Omit<DeleteOptions, 'dryRun'> & { dryRunValues: readonly string[] }

async function bodyOptions(rest: Rest, context: RequestContext, bytes: Buffer): Promise<Parsed> {
  const value = await decoded(rest, context, bytes)
  return {
    gracePeriodSeconds: value.gracePeriodSeconds ?? undefined,
    preconditions: value.preconditions ?? {},
    propagationPolicy: value.propagationPolicy ?? undefined,
    orphanDependents: value.orphanDependents ?? undefined,
    dryRunValues: value.dryRun ?? [],
  }
}

/** The body's fields, types checked. Upstream does not say here what it wanted to read. */
async function decoded(rest: Rest, context: RequestContext, bytes: Buffer): Promise<Sent> {
  const contentType = context.exchange.headers['content-type']
  const { value } = await decodeBody(bodyFormat(contentType), bytes, kind, rest.schemas, (_, why) => badRequest(why))
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest(notAnObject(value))
  context.audit?.request(value)
  const why = wrongTypeMeta(value)
  if (why !== undefined) throw badRequest(why)
  const { kind: sent, apiVersion } = value as { kind?: string | null; apiVersion?: string | null }
  if (sent && sent !== 'DeleteOptions')
    throw badRequest(
      `no kind ${JSON.stringify(sent)} is registered for version ${JSON.stringify(apiVersion ?? 'v1')} in scheme "pkg/runtime/scheme.go:111"`,
    )
  const report = rest.schemas.get(kind.schema).check(value)
  if (report.error !== undefined) throw badRequest(report.error)
  return value as Sent
}

function queryOptions(query: URLSearchParams): Parsed {
  return {
    gracePeriodSeconds: intParameter(query, 'gracePeriodSeconds'),
    preconditions: {},
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: boolParameter(query, 'orphanDependents'),
    dryRunValues: query.getAll('dryRun').filter(v => v !== ''),
  }
}
