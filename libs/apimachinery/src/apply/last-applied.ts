import { type Applied, type Apply, applySteps } from './apply-config.ts'
import { compare } from './compare.ts'
import { ApplyConflicts } from './conflict.ts'
import { difference, type FieldSet, hasPath } from './field-set.ts'
import { fieldSetOf } from './field-set-of.ts'
import { atOnce, type Steps } from './steps.ts'
import { isMap, type TypeView } from './type-view.ts'
import { typedToWritten } from './typed-to-written.ts'
import { validateConfig } from './validate-config.ts'

/** Where client-side apply keeps what it applied. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** Who is taken over from client-side apply. Others opt out by another name. */
const kubectl = 'kubectl'

/**
 * As {@link applySteps}; what kubectl applied on its own side before is no conflict for kubectl, as long as the object still has it.
 */
export function* applyStepsFromClientSide(apply: Apply): Steps<Applied> {
  if (apply.manager !== kubectl) return yield* applySteps(apply)
  try {
    return yield* applySteps(apply)
  } catch (error) {
    if (!(error instanceof ApplyConflicts)) throw error
    const allowed = lastAppliedFields(apply)
    if (allowed === undefined) throw error
    const left = error.conflicts.filter(({ path }) => !hasPath(allowed, path))
    if (left.length > 0) throw new ApplyConflicts(left)
    yield
    return yield* applySteps({ ...apply, force: true })
  }
}

export const applyFromClientSide = (apply: Apply): Applied => atOnce(applyStepsFromClientSide(apply))

/** The fields of the annotation that the live object still has with the same values; undefined without a fitting annotation. */
function lastAppliedFields({ kind, apiVersion, live }: Apply): FieldSet | undefined {
  const text = annotationOf(live)
  if (text === undefined) return undefined
  const type = kind.view(apiVersion) as TypeView
  try {
    const config: unknown = JSON.parse(text)
    if (!isMap(config) || config.apiVersion !== apiVersion) return undefined
    const present = typedToWritten(type, live)
    // lists with duplicates are not compared: then nothing is taken over
    validateConfig(type, present)
    validateConfig(type, config)
    const { changed, removed } = compare(type, config, present, 'written')
    return difference(difference(fieldSetOf(type, config, 'written'), changed), removed)
  } catch {
    return undefined
  }
}

interface Annotated {
  metadata?: { annotations?: Record<string, string> }
}

function annotationOf(object: object): string | undefined {
  const text = (object as Annotated).metadata?.annotations?.[lastAppliedAnnotation]
  return text === undefined || text === '' ? undefined : text
}

/** Upstream's bound on all annotations of an object, bytes. */
const maxAnnotations = 256 * 1024

/** The annotation follows what kubectl applies on the server's side, so that going back to the client's side loses nothing. In place. */
export function keepLastApplied(object: object, config: object, manager: string): void {
  if (manager !== kubectl || annotationOf(object) === undefined) return
  const annotations = (object as Annotated).metadata?.annotations as Record<string, string>
  annotations[lastAppliedAnnotation] = `${goJson(withoutAnnotation(config))}\n`
  let size = 0
  for (const [key, value] of Object.entries(annotations)) size += Buffer.byteLength(key) + Buffer.byteLength(value)
  if (size > maxAnnotations) delete annotations[lastAppliedAnnotation]
}

function withoutAnnotation(config: object): object {
  const { metadata } = config as Annotated
  if (metadata?.annotations?.[lastAppliedAnnotation] === undefined) return config
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata.annotations
  return { ...config, metadata: { ...metadata, annotations } }
}

/** JSON as Go writes maps: members in order, `<`, `>` and `&` escaped. */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (isMap(value))
    return `{${Object.keys(value)
      .sort()
      .map(key => `${goJson(key)}:${goJson(value[key])}`)
      .join(',')}}`
  if (typeof value === 'bigint') return value.toString()
  return JSON.stringify(value ?? null).replace(
    /[<>&\u2028\u2029]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
