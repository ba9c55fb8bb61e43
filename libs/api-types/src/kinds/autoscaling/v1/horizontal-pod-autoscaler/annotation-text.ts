import { builtinSchemas } from '../../../../schema/schema.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import type { HorizontalPodAutoscalerSpec } from '../../types.ts'

type Behavior = NonNullable<HorizontalPodAutoscalerSpec['behavior']>

/** Go's encoder writes these so that the text may stand in HTML. */
const inHtml = (text: string) =>
  text.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A list of `autoscaling/v1` messages as JSON, fields in upstream's order. */
export function listText(message: string, items: readonly object[]): string {
  const { encode } = builtinSchemas.get(`io.k8s.api.autoscaling.v1.${message}`)
  return inHtml(`[${items.map(item => encode(item)).join(',')}]`)
}

/** The list in a text; undefined for what is none: then the annotation says nothing. */
export function listOf<T>(message: string, text: string | undefined): T[] | undefined {
  const value = parsed(text)
  if (!Array.isArray(value)) return undefined
  const { check, stripUnknown } = builtinSchemas.get(`io.k8s.api.autoscaling.v1.${message}`)
  for (const item of value) {
    if (typeof item !== 'object' || item === null || check(item).error !== undefined) return undefined
    stripUnknown(item)
  }
  return value as T[]
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const behaviorMessage = 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior'

/** Behaviour stands in the annotation as upstream's internal type has it, names with capitals. */
export const behaviorText = (behavior: Behavior): string =>
  inHtml(JSON.stringify(internalForm(behaviorMessage, behavior)))

const names = [
  'scaleUp',
  'scaleDown',
  'stabilizationWindowSeconds',
  'selectPolicy',
  'policies',
  'tolerance',
  'type',
  'value',
  'periodSeconds',
]
const spelled = new Map(names.map(name => [name.toLowerCase(), name]))

/** Names are read whatever their case, as Go reads them; what is null is unset. */
export function behaviorOf(text: string | undefined): Behavior | undefined {
  const value = respelled(parsed(text))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { check, stripUnknown } = builtinSchemas.get(behaviorMessage)
  if (check(value).error !== undefined) return undefined
  stripUnknown(value)
  return Object.keys(value).length === 0 ? undefined : (value as Behavior)
}

function respelled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(respelled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [spelled.get(key.toLowerCase()) ?? key, respelled(member)]),
  )
}
