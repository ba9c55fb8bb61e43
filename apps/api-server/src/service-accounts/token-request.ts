import { randomUUID } from 'node:crypto'
import type { KubeObject, Pod, ResourceEntry, TokenRequest } from '@kubets/api-types'
import { badRequest, conflict, field, formatTime, internalError, invalid, notFound } from '@kubets/apimachinery'
import type { AdmissionRequest } from '../admission/admission.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { warn } from '../handlers/respond.ts'
import { cachedObject } from '../resources/cached-object.ts'
import { respondValue } from '../resources/respond-object.ts'
import type { Rest } from '../resources/rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../resources/router.ts'
import { trackWrite } from '../resources/steps/managed-fields.ts'
import { readBody } from '../resources/steps/read-body.ts'
import { writeOptions } from '../resources/write-options.ts'
import { type ObjectReference, type TokenClaims, userNameOf } from './claims.ts'
import type { TokenIssuer } from './issuer.ts'
import type { ServiceAccountOptions } from './options.ts'

const kind = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  resource: 'tokenrequests',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
}
type Spec = NonNullable<TokenRequest['spec']> & { audiences: string[] }

const groupKind = { group: kind.group, kind: kind.kind }

/** A kubelet of before the change asks for an hour and seven seconds: such tokens of pods live a year. */
const extendedRequest = 3607
const year = 365 * 24 * 3600

/** POST serviceaccounts/<name>/token: a token of the account, perhaps bound to a Pod, Secret or Node. */
export function tokenRequest(options: ServiceAccountOptions, issuer: TokenIssuer | undefined): SubresourceHandler {
  const audiences = options.audiences ?? options.issuers
  return async (rest, context, entry) => {
    const { info } = context
    if (info.verb !== 'create') throw methodNotAllowed()
    const write = writeOptions(info.query, 'CreateOptions')
    const request = (await readBody(rest, context, kind, write.fieldValidation)) as TokenRequest
    request.spec = { ...request.spec, expirationSeconds: request.spec?.expirationSeconds ?? 3600 } as Spec
    trackWrite(rest, context, kind as ResourceEntry, request, undefined, write)
    const admitted: AdmissionRequest = {
      operation: 'CREATE',
      entry,
      namespace: info.namespace,
      name: info.name,
      subresource: info.subresource,
      object: request,
      oldObject: undefined,
      user: context.user,
      dryRun: write.dryRun,
      context,
    }
    await rest.admission.mutate(admitted)
    checkNames(request, info.namespace, info.name)
    const account = must(rest, entry, info.namespace, info.name)
    const uid = account.metadata?.uid ?? ''
    const wanted = request.metadata?.uid ?? ''
    if (wanted !== '' && wanted !== uid)
      throw conflict(
        { group: kind.group, resource: kind.kind },
        info.name,
        `the UID in the token request (${wanted}) does not match the UID of the service account (${uid})`,
      )
    const spec: Spec = {
      ...request.spec,
      audiences: request.spec?.audiences?.length ? request.spec.audiences : [...audiences],
    }
    checkExpiration(spec)
    await rest.admission.validate(admitted)
    const bound = boundTo(rest, spec, info.namespace, info.name)
    shorten(spec, options, context)
    if (issuer === undefined)
      throw internalError(
        'failed to generate token: this api-server has no signing key: set --service-account-signing-key-file and --service-account-issuer',
      )
    const now = rest.clock.now()
    const claims = claimsOf(spec, bound, options, { account: { name: info.name, uid }, namespace: info.namespace, now })
    const token = await issuer.sign({ ...claims, iss: issuer.issuer })
    const answer = {
      kind: kind.kind,
      apiVersion: `${kind.group}/${kind.version}`,
      metadata: {
        ...request.metadata,
        name: info.name,
        namespace: info.namespace,
        uid,
        creationTimestamp: formatTime(now) as never,
      },
      spec,
      status: { token, expirationTimestamp: formatTime(now + (spec.expirationSeconds ?? 0) * 1000) as never },
    } satisfies TokenRequest
    return respondValue(context, 201, answer)
  }
}

function checkNames({ metadata = {} }: TokenRequest, namespace: string, name: string): void {
  const refuse = (part: 'name' | 'namespace', value: string) =>
    invalid(groupKind, name, [
      field.invalid(`metadata.${part}`, value, `must match the service account ${part} if specified`),
    ])
  if (metadata.name && metadata.name !== name) throw refuse('name', metadata.name)
  if (metadata.namespace && metadata.namespace !== namespace) throw refuse('namespace', metadata.namespace)
}

function checkExpiration({ expirationSeconds = 0 }: Spec): void {
  const path = 'spec.expirationSeconds'
  const causes = []
  if (expirationSeconds < 600)
    causes.push(field.invalid(path, expirationSeconds, 'may not specify a duration less than 10 minutes'))
  if (expirationSeconds > 2 ** 32)
    causes.push(field.invalid(path, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
  if (causes.length > 0) throw invalid(groupKind, '', causes)
}

function shorten(spec: Spec, { maxExpiration = 0 }: ServiceAccountOptions, context: RequestContext) {
  const asked = spec.expirationSeconds ?? 0
  if (maxExpiration <= 0 || asked <= maxExpiration) return
  warn(context, `requested expiration of ${asked} seconds shortened to ${maxExpiration} seconds`)
  spec.expirationSeconds = maxExpiration
}

type Bound = Pick<TokenClaims['kubernetes.io'], 'pod' | 'secret' | 'node'>

const bindable: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }

/** The object that the token ends with. */
function boundTo(rest: Rest, { boundObjectRef }: Spec, namespace: string, account: string): Bound {
  if (!boundObjectRef) return {}
  const { apiVersion = '', kind: wanted = '', name = '', uid = '' } = boundObjectRef
  const resource = apiVersion === 'v1' ? bindable[wanted] : undefined
  const entry = resource === undefined ? undefined : rest.catalogue.byResource('', 'v1', resource)
  if (entry === undefined)
    throw badRequest(
      `cannot bind token to object of type ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${wanted}`,
    )
  const object = must(rest, entry, namespace, name)
  const pod = resource === 'pods' ? (object as Pod) : undefined
  if (pod !== undefined && pod.spec?.serviceAccountName !== account)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    )
  const found: ObjectReference = { name, uid: object.metadata?.uid ?? '' }
  if (uid !== '' && uid !== found.uid)
    throw conflict(
      { group: '', resource: wanted },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod !== undefined) return { pod: found, ...nodeOf(rest, pod) }
  return resource === 'secrets' ? { secret: found } : { node: found }
}

function nodeOf(rest: Rest, { spec }: Pod): Bound {
  const name = spec?.nodeName ?? ''
  const nodes = rest.catalogue.byResource('', 'v1', 'nodes')
  if (name === '' || nodes === undefined) return {}
  const uid = cachedObject(rest, nodes, '', name)?.metadata?.uid
  // a node that does not exist is named all the same: clients learn where the pod should be
  return { node: { name, ...(uid === undefined ? {} : { uid }) } as ObjectReference }
}

function claimsOf(
  spec: Spec,
  bound: Bound,
  options: ServiceAccountOptions,
  about: { account: ObjectReference; namespace: string; now: number },
): Omit<TokenClaims, 'iss'> {
  const now = Math.floor(about.now / 1000)
  const asked = spec.expirationSeconds ?? 0
  const ours = options.audiences ?? options.issuers
  const extended =
    options.extendExpiration !== false &&
    bound.pod !== undefined &&
    asked === extendedRequest &&
    spec.audiences.every(audience => ours.includes(audience))
  return {
    aud: spec.audiences,
    sub: userNameOf(about.namespace, about.account.name),
    iat: now,
    nbf: now,
    exp: now + (extended ? year : asked),
    jti: randomUUID(),
    'kubernetes.io': {
      namespace: about.namespace,
      serviceaccount: about.account,
      ...bound,
      ...(extended ? { warnafter: now + asked } : {}),
    },
  }
}

function must(rest: Rest, entry: ResourceEntry, namespace: string, name: string): KubeObject {
  const found = cachedObject(rest, entry, namespace, name)
  if (found === undefined) throw notFound(entry, name)
  return found
}
