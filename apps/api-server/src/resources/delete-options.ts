import type { StatusCause } from '@kubets/api-types'
import { badRequest, field, invalid } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { boolParameter, intParameter } from './query.ts'
import type { Rest } from './rest.ts'
import { decodeBody } from './steps/decode-body.ts'
import { maxBodyBytes } from './steps/read-body.ts'

export interface DeleteOptions {
  gracePeriodSeconds: number | undefined
  preconditions: { uid?: string; resourceVersion?: string }
  propagationPolicy: string | undefined
  orphanDependents: boolean | undefined
  dryRun: boolean
}

const kind = { kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' }

interface Sent {
  kind?: unknown
  gracePeriodSeconds?: unknown
  preconditions?: { uid?: string; resourceVersion?: string } | null
  propagationPolicy?: string | null
  orphanDependents?: boolean | null
  dryRun?: string[] | null
}

/** Options of a delete: a body wins over the query, as upstream. */
export async function deleteOptions(rest: Rest, context: RequestContext): Promise<DeleteOptions> {
  const { exchange, info } = context
  const bytes = await exchange.readBody(maxBodyBytes)
  const sent =
    bytes.length > 0 ? await bodyOptions(rest, exchange.headers['content-type'], bytes) : queryOptions(info.query)
  const causes: StatusCause[] = []
  const { propagationPolicy: policy, orphanDependents: orphan } = sent
  if (policy !== undefined && orphan !== undefined)
    causes.push(
      field.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    )
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy))
    causes.push(field.notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']))
  for (const value of sent.dryRunValues) if (value !== 'All') causes.push(field.notSupported('dryRun', value, ['All']))
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', causes)
  return { ...sent, dryRun: sent.dryRunValues.length > 0 }
}

type Parsed = Omit<DeleteOptions, 'dryRun'> & { dryRunValues: readonly string[] }

async function bodyOptions(rest: Rest, contentType: string | undefined, bytes: Buffer): Promise<Parsed> {
  const value = (await decodeBody(contentType, bytes, kind, rest.schemas)).value as Sent | null
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the object provided is unrecognized (must be of type DeleteOptions)')
  if (value.kind !== undefined && value.kind !== 'DeleteOptions')
    throw badRequest('decoded object cannot be converted to DeleteOptions')
  const grace = value.gracePeriodSeconds ?? undefined
  if (grace !== undefined && (typeof grace !== 'number' || !Number.isInteger(grace)))
    throw badRequest(
      'DeleteOptions in version "v1" cannot be handled as a DeleteOptions: gracePeriodSeconds must be an integer',
    )
  return {
    gracePeriodSeconds: grace,
    preconditions: value.preconditions ?? {},
    propagationPolicy: value.propagationPolicy ?? undefined,
    orphanDependents: value.orphanDependents ?? undefined,
    dryRunValues: value.dryRun ?? [],
  }
}

function queryOptions(query: URLSearchParams): Parsed {
  const uid = query.get('preconditions.uid')
  return {
    gracePeriodSeconds: intParameter(query, 'gracePeriodSeconds'),
    preconditions: uid === null ? {} : { uid },
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: boolParameter(query, 'orphanDependents'),
    dryRunValues: query.getAll('dryRun').filter(v => v !== ''),
  }
}
