import { displayDouble } from '../functions/conversions.ts'
import { displayDuration } from '../functions/durations.ts'
import { displayTimestamp } from '../functions/timestamps.ts'
import {
  Duration,
  isList,
  LibraryValue,
  MapValue,
  Optional,
  Timestamp,
  TypeValue,
  typeOfValue,
  Uint,
  type Value,
} from './values.ts'

/** A value as an expression would write it. For messages and tests. */
export function displayCelValue(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return displayNumber(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Uint) return `${value.value}u`
  if (value instanceof Uint8Array)
    return `b"${[...value].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`
  if (isList(value)) return `[${value.map(displayCelValue).join(', ')}]`
  if (value instanceof MapValue)
    return `{${[...value.keys()].map(key => `${displayCelValue(key)}: ${displayCelValue(value.find(key) as Value)}`).join(', ')}}`
  if (value instanceof Duration) return `duration("${displayDuration(value)}")`
  if (value instanceof Timestamp) return `timestamp("${displayTimestamp(value)}")`
  if (value instanceof TypeValue) return value.name
  if (value instanceof Optional)
    return value.value === undefined ? 'optional.none()' : `optional(${displayCelValue(value.value)})`
  if (value instanceof LibraryValue) return value.asString() ?? value.type.name
  return typeOfValue(value).name
}

function displayNumber(value: number): string {
  if (!Number.isFinite(value)) return `double("${Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'}")`
  const text = displayDouble(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
