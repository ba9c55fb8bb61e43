import { append, decodeJson, type FieldError, field } from '@kubets/apimachinery'
import type { Taint } from '../../../../wire.ts'
import { validateTaints } from './taints.ts'

export const taintsAnnotation = 'scheduler.alpha.kubernetes.io/taints'
export const avoidPodsAnnotation = 'scheduler.alpha.kubernetes.io/preferAvoidPods'
const path = 'metadata.annotations'

/** Annotations from before there were fields: what they hold must still be readable. */
export function validateNodeAnnotations(annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const errors: FieldError[] = []
  const taints = annotations?.[taintsAnnotation]
  if (taints) {
    append(
      errors,
      parsed(taints, path, taintsAnnotation, value => {
        if (!Array.isArray(value)) return undefined
        return validateTaints(value as Taint[], `${path}.${taintsAnnotation}`)
      }),
    )
  }
  const avoid = annotations?.[avoidPodsAnnotation]
  if (avoid) append(errors, parsed(avoid, `${path}.AvoidPods`, avoidPodsAnnotation, avoidErrors))
  return errors
}

function parsed(
  text: string,
  at: string,
  name: string,
  check: (value: unknown) => FieldError[] | undefined,
): FieldError[] {
  let value: unknown
  try {
    value = decodeJson(Buffer.from(text)).value
  } catch (error) {
    return [field.invalid(at, name, error instanceof Error ? error.message : String(error))]
  }
  if (value === null) return []
  return check(value) ?? [field.invalid(at, name, 'json: cannot unmarshal value')]
}

interface AvoidPods {
  preferAvoidPods?: ({ podSignature?: { podController?: { controller?: boolean } } } | null)[] | null
}

function avoidErrors(value: unknown): FieldError[] | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const entries = (value as AvoidPods).preferAvoidPods ?? []
  if (!Array.isArray(entries)) return undefined
  return entries.flatMap((entry, index) => {
    const at = `${path}.${avoidPodsAnnotation}[${index}].PodSignature`
    const owner = entry?.podSignature?.podController
    if (owner === undefined || owner === null) return [field.required(at)]
    if (owner.controller === true) return []
    return [field.invalid(`${at}.PodController.Controller`, false, 'must point to a controller')]
  })
}
