import { decodeJson, fieldsV1Text, JsonError } from '@kubets/apimachinery'
import { quantityText, scalarProblem } from '../schema/scalars.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { ProtobufError, type Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * Types that are messages in protobuf and something simpler in JSON. Readers run inside the message (the caller has entered
 * it); writers write only its members, and give the place where these begin.
 */

/** `0001-01-01T00:00:00Z`, Go's zero time: JSON shows it as null, protobuf as an empty message. */
const zeroSeconds = -62135596800
const zeroTime = '0001-01-01T00:00:00Z'
const lastSecond = 253402300799

function timestamp(r: Reader): { seconds: number; nanos: number } | undefined {
  if (r.pos === r.limit) return undefined
  let seconds: number | bigint = 0
  let nanos = 0
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 8) seconds = r.int64()
    else if (tag === 16) nanos = r.int32()
    else r.skip(tag)
  }
  if (seconds < zeroSeconds || seconds > lastSecond || nanos < 0 || nanos > 999_999_999)
    throw new ProtobufError('Time: year outside of range [0,9999]')
  return { seconds: Number(seconds), nanos }
}

const dateText = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19)

/** Whole seconds: what a Time's nanos say is dropped, as upstream does. */
export function readTime(r: Reader): string | undefined {
  const time = timestamp(r)
  return time === undefined || time.seconds === zeroSeconds ? undefined : `${dateText(time.seconds)}Z`
}

export function readMicroTime(r: Reader): string | undefined {
  const time = timestamp(r)
  if (time === undefined || (time.seconds === zeroSeconds && time.nanos === 0)) return undefined
  return `${dateText(time.seconds)}.${String(Math.floor(time.nanos / 1000)).padStart(6, '0')}Z`
}

export function writeTime(w: Writer, at: number, value: unknown): number {
  return isZeroTime(value) ? at : writeTimestamp(w, at, secondsOf(value), 0)
}

export function writeMicroTime(w: Writer, at: number, value: unknown): number {
  if (isZeroTime(value)) return at
  const fraction = /\.(\d+)/.exec(String(value))?.[1] ?? ''
  return writeTimestamp(w, at, secondsOf(value), Number(fraction.slice(0, 6).padEnd(6, '0')) * 1000)
}

const isZeroTime = (value: unknown) => value === undefined || value === null || value === '' || value === zeroTime

/** One object mostly has one time, which stands in it several times. */
let lastTime: unknown
let lastSeconds = 0

function secondsOf(value: unknown): number {
  if (value === lastTime) return lastSeconds
  const ms = Date.parse(String(value))
  if (Number.isNaN(ms)) throw new ProtobufError(`parsing time ${JSON.stringify(value)}: not RFC 3339`)
  lastTime = value
  lastSeconds = Math.floor(ms / 1000)
  return lastSeconds
}

function writeTimestamp(w: Writer, at: number, seconds: number, nanos: number): number {
  return w.integer(w.integer(at, nanos, 16), seconds, 8)
}

export function readQuantity(r: Reader): string {
  let text = ''
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 10) text = r.string()
    else r.skip(tag)
  }
  if (text === '') return '0'
  if (scalarProblem('Quantity', text) !== undefined) r.doubtful = true
  return text
}

export function writeQuantity(w: Writer, at: number, value: unknown): number {
  const text = value === undefined || value === null ? '0' : quantityText(value as string | number | bigint)
  return w.string(at, text, 10)
}

export function readIntOrString(r: Reader): number | string {
  let isString = false
  let integer = 0
  let text = ''
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 8) isString = r.int64() !== 0
    else if (tag === 16) integer = r.int32()
    else if (tag === 26) text = r.string()
    else r.skip(tag)
  }
  return isString ? text : integer
}

export function writeIntOrString(w: Writer, at: number, value: unknown): number {
  const isString = typeof value === 'string'
  const text = w.string(at, isString ? value : '', 26)
  const integer = w.integer(text, typeof value === 'number' || typeof value === 'bigint' ? value : 0, 16)
  return w.integer(integer, isString ? 1 : 0, 8)
}

export function readDuration(r: Reader): string {
  let nanoseconds = 0n
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 8) nanoseconds = BigInt(r.int64())
    else r.skip(tag)
  }
  return formatDuration(nanoseconds)
}

export function writeDuration(w: Writer, at: number, value: unknown): number {
  return w.integer(at, value === undefined || value === null ? 0 : parseDuration(String(value)), 8)
}

/** FieldsV1 and RawExtension: JSON inside. */
export function readRaw(r: Reader): unknown {
  let raw: Buffer | undefined
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 10) raw = r.bytes()
    else r.skip(tag)
  }
  if (raw === undefined || raw.length === 0) return undefined
  try {
    const { value } = decodeJson(raw)
    if (value === null) r.doubtful = true
    return value
  } catch (error) {
    if (error instanceof JsonError) throw new ProtobufError(error.message, { cause: error })
    throw error
  }
}

export function writeRaw(w: Writer, at: number, value: unknown): number {
  return value === undefined || value === null ? at : w.string(at, fieldsV1Text(value), 10)
}
