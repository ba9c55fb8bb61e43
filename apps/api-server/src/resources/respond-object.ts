import { type KubeObject, type ResourceEntry, resourceVersionAt } from '@kubets/api-types'
import { encodeJson } from '@kubets/apimachinery'
import type { Entry } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { largeObject } from '../handlers/request-turns.ts'
import { respondJson, respondLine } from '../handlers/respond.ts'
import { AnswerAhead } from './answer-ahead.ts'
import { EncodePool } from './encode-pool.ts'
import { partialMetadata } from './partial-metadata.ts'
import {
  entryProtobuf,
  objectProtobuf,
  shownObject,
  valueProtobuf,
  valueSchema,
  writtenObject,
} from './protobuf-form.ts'
import { cannotBeShown, goType, type Representation, resourceRepresentation } from './representation.ts'
import type { Rest } from './rest.ts'
import { answerLine, spliceAt } from './splice.ts'
import { includeObject, table } from './table.ts'
import { entryVersionLine, hubObject, versionLine } from './version-form.ts'
import { yamlText } from './yaml-text.ts'

/** Answers with an object of the cache, in the form that the client accepts. */
export function respondEntry(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  found: Entry,
): undefined | Promise<void> {
  const form = resourceRepresentation(context.exchange.headers.accept)
  refuseListForm(entry, form)
  context.audit?.response(() => textOf(entryVersionLine(rest, entry, found)))
  if (isPlain(form)) return respondLine(context, 200, form, entryVersionLine(rest, entry, found))
  if (form.encoding === 'protobuf')
    return respondJson(context, 200, entryProtobuf(rest, entry, form, found), form.contentType)
  return respondShaped(rest, context, entry, 200, form, found.bytes, found.modRevision)
}

/** A client that does not read what is written to it holds a piece of it, as its socket holds more. */
const answers = new EncodePool()
const takeAnswer = (length: number) => answers.take(length)

/** Undefined where the client accepts nothing of ours: it is told so in place of the answer. */
function formOf({ exchange }: RequestContext): Representation | undefined {
  try {
    return resourceRepresentation(exchange.headers.accept)
  } catch {
    return undefined
  }
}

/** Whether {@link respondWritten} makes the answer of the object, where nothing was made ahead: for others it need not be kept. */
export const answersFromObject = (context: RequestContext): boolean => formOf(context)?.encoding === 'protobuf'

/** Begins with what {@link respondWritten} will answer, while the store commits `bytes`, which were encoded from `object`. */
export function answerAhead(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  bytes: Uint8Array,
  object: KubeObject,
): AnswerAhead | undefined {
  if (entry.hub !== undefined || context.audit !== undefined || bytes.length >= largeObject) return undefined
  const form = formOf(context)
  // JSON's is a copy of the stored bytes: cheaper than to prepare it
  if (form?.encoding !== 'protobuf' || form.as !== 'Object') return undefined
  return new AnswerAhead(entry, revision => {
    const sealed = objectProtobuf(rest, entry, form, writtenObject(object, revision), takeAnswer)
    const at = resourceVersionAt(sealed)
    return at === undefined ? undefined : { bytes: sealed, at }
  })
}

/** Answers with what was just written. `object`: what the bytes were encoded from, where it is at hand: protobuf need not read them again. */
export function respondWritten(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  status: number,
  bytes: Uint8Array,
  revision: number,
  object?: KubeObject,
  ahead?: AnswerAhead,
): undefined | Promise<void> {
  const form = resourceRepresentation(context.exchange.headers.accept)
  const made = ahead?.take(revision)
  if (made !== undefined) return respondJson(context, status, made, form.contentType)
  refuseListForm(entry, form)
  const line = () =>
    entry.hub === undefined && revision !== 0
      ? answerLine(bytes, spliceAt(bytes), revision, takeAnswer)
      : versionLine(rest, entry, { bytes, spliceAt: spliceAt(bytes) }, revision)
  context.audit?.response(() => textOf(line()))
  if (isPlain(form)) return respondLine(context, status, form, line())
  if (form.encoding === 'protobuf') {
    const shown =
      object !== undefined && entry.hub === undefined && form.as === 'Object'
        ? writtenObject(object, revision)
        : shownObject(rest, entry, form, bytes, revision)
    return respondJson(context, status, objectProtobuf(rest, entry, form, shown, takeAnswer), form.contentType)
  }
  return respondShaped(rest, context, entry, status, form, bytes, revision)
}

/** Answers with an object that has no stored form (Binding, Eviction, Status). */
export function respondValue<T extends KubeObject>(
  context: RequestContext,
  status: number,
  value: T,
): undefined | Promise<void> {
  const form = resourceRepresentation(context.exchange.headers.accept)
  if (value.kind === 'Status') context.audit?.status({ metadata: {}, ...value })
  else context.audit?.response(() => valueSchema(value).encode(value))
  if (form.encoding === 'protobuf') return respondJson(context, status, valueProtobuf(value), form.contentType)
  // upstream's order of members, and what it shows though it is unset
  const text = valueSchema(value).encode(value)
  if (form.encoding === 'yaml') return respondYaml(context, status, JSON.parse(text))
  return respondLine(context, status, form, `${text}\n`)
}

/** Answers with what was made for the form that the client accepts: a Table, or metadata. Protobuf has forms of its own. */
export function respondMade(context: RequestContext, form: Representation, value: object): undefined | Promise<void> {
  if (form.encoding === 'yaml') return respondYaml(context, 200, value)
  return respondLine(context, 200, form, `${encodeJson(value)}\n`)
}

/** 406: one object is no list. */
function refuseListForm(entry: ResourceEntry, form: Representation): void {
  if (form.as === 'PartialObjectMetadataList')
    throw cannotBeShown(
      `you requested PartialObjectMetadataList, but the requested object is not a list (*${goType(entry)})`,
    )
}

/** A line without its end. */
const textOf = (line: Uint8Array) => Buffer.from(line.buffer, line.byteOffset, line.byteLength - 1).toString()

const isPlain = (form: Representation) => form.encoding === 'json' && form.as === 'Object'

function respondShaped(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  status: number,
  form: Representation,
  bytes: Uint8Array,
  revision: number,
): undefined | Promise<void> {
  const value = shape(rest, context, entry, form, hubObject(rest, entry, bytes, revision))
  if (form.encoding === 'yaml') return respondYaml(context, status, value)
  return respondLine(context, status, form, `${encodeJson(value)}\n`)
}

/** An object of the stored version in the form asked for. */
function shape(
  rest: Rest,
  { info }: RequestContext,
  entry: ResourceEntry,
  form: Representation,
  object: KubeObject,
): object {
  if (form.as === 'Table')
    return table(
      rest.codec,
      entry,
      form.version,
      [object],
      object.metadata?.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion },
      includeObject(info.query),
      rest.clock.now(),
    )
  if (form.as === 'PartialObjectMetadata') return partialMetadata(entry, object, form.version)
  return rest.codec.fromHub(entry, object)
}

async function respondYaml(context: RequestContext, status: number, value: object): Promise<void> {
  respondJson(context, status, await yamlText(value), 'application/yaml')
}
