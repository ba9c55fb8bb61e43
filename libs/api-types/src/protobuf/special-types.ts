import { decodeJson, fieldsV1Text, JsonError } from '@kubets/apimachinery'
import { quantityText } from '../schema/scalars.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { ProtobufError, type Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * Types that are messages in protobuf and something simpler in JSON. Readers run inside the message (the caller has entered
 * it); writers write only its members.
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

export function writeTime(w: Writer, value: unknown): void {
  if (isZeroTime(value)) return
  writeTimestamp(w, secondsOf(value), 0)
}

export function writeMicroTime(w: Writer, value: unknown): void {
  if (isZeroTime(value)) return
  const fraction = /\.(\d+)/.exec(String(value))?.[1] ?? ''
  writeTimestamp(w, secondsOf(value), Number(fraction.slice(0, 6).padEnd(6, '0')) * 1000)
}

const isZeroTime = (value: unknown) => value === undefined || value === null || value === '' || value === zeroTime

function secondsOf(value: unknown): number {
  const ms = Date.parse(String(value))
  if (Number.isNaN(ms)) throw new ProtobufError(`parsing time ${JSON.stringify(value)}: not RFC 3339`)
  return Math.floor(ms / 1000)
}

function writeTimestamp(w: Writer, seconds: number, nanos: number): void {
  w.integer(nanos, 16)
  w.integer(seconds, 8)
}

export function readQuantity(r: Reader): string {
  let text = ''
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 10) text = r.string()
    else r.skip(tag)
  }
  return text === '' ? '0' : text
}

export function writeQuantity(w: Writer, value: unknown): void {
  w.string(value === undefined || value === null ? '0' : quantityText(value as string | number | bigint), 10)
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

export function writeIntOrString(w: Writer, value: unknown): void {
  const isString = typeof value === 'string'
  w.string(isString ? value : '', 26)
  w.integer(typeof value === 'number' || typeof value === 'bigint' ? value : 0, 16)
  w.integer(isString ? 1 : 0, 8)
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

export function writeDuration(w: Writer, value: unknown): void {
  w.integer(value === undefined || value === null ? 0 : parseDuration(String(value)), 8)
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
    return decodeJson(raw).value
  } catch (error) {
    if (error instanceof JsonError) throw new ProtobufError(error.message, { cause: error })
    throw error
  }
}

export function writeRaw(w: Writer, value: unknown): void {
  if (value !== undefined && value !== null) w.string(fieldsV1Text(value), 10)
}
