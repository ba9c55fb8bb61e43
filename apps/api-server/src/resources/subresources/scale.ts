import { type KubeObject, type ResourceEntry, type Scale, scaleKind, scaleOf, validateScale } from '@kubets/api-types'
import {
  cloneJson,
  conflict,
  fieldElement,
  invalid,
  type Json,
  managersAfterScale,
  noSuchResource,
  notFound,
  type ReplicasPaths,
  scaleManagers,
} from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { find } from '../get.ts'
import { groupVersion } from '../group-version.ts'
import { guaranteedUpdate, type Wanted } from '../guaranteed-update.ts'
import { patched, readPatch } from '../patch.ts'
import { respondWritten } from '../respond-object.ts'
import { keyOf, type Rest, type Stored } from '../rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { managersOf, setManagers, trackWrite } from '../steps/managed-fields.ts'
import { readBody } from '../steps/read-body.ts'
import { applyUpdate, checkName, checkPreconditions } from '../update.ts'
import { hubObject } from '../version-form.ts'
import { type WriteOptions, writeOptions } from '../write-options.ts'

/** What is shown and read here is a Scale; what is stored is the object behind it, of whatever kind. */
const kind = scaleKind as unknown as ResourceEntry

/** `/scale` of every kind that has a number of replicas: the same small object for all of them. */
export const scale: SubresourceHandler = (rest, context, entry) => {
  if (entry.scale === undefined) throw noSuchResource()
  switch (context.info.verb) {
    case 'get':
      return find(rest, context, entry, ({ bytes, modRevision }) => respond(rest, context, entry, bytes, modRevision))
    case 'update':
      return update(rest, context, entry)
    case 'patch':
      return patch(rest, context, entry)
    default:
      throw methodNotAllowed()
  }
}

function respond(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  bytes: Uint8Array,
  revision: number,
): undefined | Promise<void> {
  const shown = scaleOf(entry, hubObject(rest, entry, bytes, revision))
  return respondWritten(rest, context, kind, 200, rest.codec.encode(kind, shown), revision)
}

async function update(rest: Rest, context: RequestContext, entry: ResourceEntry): Promise<void> {
  const { info } = context
  const options = writeOptions(info.query, 'UpdateOptions')
  const wanted = (await readBody(rest, context, kind, options.fieldValidation)) as Scale
  checkName(entry, info, wanted)
  wanted.metadata = { ...wanted.metadata, name: info.name, namespace: info.namespace }
  return write(rest, context, entry, options, (shown, current) => {
    checkPreconditions(entry, info, wanted, current)
    const scale = cloneJson(wanted as unknown as Json) as unknown as Scale
    trackWrite(rest, context, kind, scale, shown.object, options)
    return scale
  })
}

async function patch(rest: Rest, context: RequestContext, entry: ResourceEntry): Promise<void> {
  const { body, options } = await readPatch(rest, context)
  return write(rest, context, entry, options, shown => {
    const scale = patched(rest, context, kind, shown, body, options)
    if (body.kind !== 'apply') trackWrite(rest, context, kind, scale, shown.object, options)
    return scale as Scale
  })
}

/** `want` makes the Scale that the client asks for, with its managers, from the present one; it is called again when somebody else wrote in between. */
async function write(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  options: WriteOptions,
  want: (shown: Stored, current: Stored) => Scale,
): Promise<void> {
  const { info } = context
  const paths = replicasPaths(rest, entry)
  const outcome = await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, info.namespace, info.name),
    about: info,
    dryRun: options.dryRun,
    change(current): Promise<Wanted> {
      if (current === undefined) throw notFound(info, info.name)
      const managers = managersOf(current.object)
      const shown = scaleOf(entry, current.object) as KubeObject
      setManagers(shown, scaleManagers(managers, paths))
      const wanted = want({ ...current, object: shown }, current)
      checkScale(entry, wanted, current)
      const object = cloneJson(current.object as Json) as KubeObject
      entry.scale?.write(object, wanted.spec?.replicas ?? 0)
      setManagers(object, managersAfterScale(managers, managersOf(wanted), groupVersion(entry), paths))
      return applyUpdate(rest, context, entry, object, current, options, 'settled')
    },
  })
  return respond(rest, context, entry, outcome.bytes, outcome.revision)
}

const replicas = ['spec', 'replicas'].map(fieldElement)

/** All versions of a kind have their replicas in the same place. */
function replicasPaths({ catalogue }: Rest, { storagePrefix }: ResourceEntry): ReplicasPaths {
  return new Map(
    catalogue.entries
      .filter(entry => entry.storagePrefix === storagePrefix)
      .map(entry => [groupVersion(entry), replicas]),
  )
}

function checkScale(entry: ResourceEntry, wanted: Scale, { object }: Stored): void {
  const name = object.metadata?.name ?? ''
  const causes = validateScale(wanted)
  if (causes.length > 0) throw invalid(kind, name, causes)
  const [uid = '', present = ''] = [wanted.metadata?.uid, object.metadata?.uid]
  if (uid === '' || uid === present) return
  throw conflict(
    { group: entry.group, resource: `${entry.resource}/scale` },
    name,
    `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present}`,
  )
}
