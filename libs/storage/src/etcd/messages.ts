import type { KeyValue, LeaseId, LeaseInfo, Revision, StoreEvent } from '../key-value-store.ts'
import { MessageReader, MessageWriter } from './protobuf.ts'

/**
 * etcdserverpb's messages as far as the store uses them; field numbers are those of etcd's rpc.proto and kv.proto. Requests are made with
 * gRPC's header (`MessageWriter.framed`), answers are read without.
 */

const empty = Buffer.alloc(0)

export interface RangeRequest {
  key: string
  end?: string
  limit?: number
  revision?: Revision
  countOnly?: boolean
}

export interface RangeResponse {
  revision: Revision
  kvs: KeyValue[]
  more: boolean
  count: number
}

export function encodeRange(request: RangeRequest): Buffer {
  return writeRange(new MessageWriter(), request).framed()
}

function writeRange(message: MessageWriter, request: RangeRequest): MessageWriter {
  message.text(1, request.key)
  if (request.end !== undefined) message.text(2, request.end)
  return message
    .number(3, request.limit ?? 0)
    .number(4, request.revision ?? 0)
    .flag(9, request.countOnly ?? false)
}

export function decodeRange(bytes: Buffer): RangeResponse {
  return readRange(new MessageReader(bytes))
}

function readRange(reader: MessageReader): RangeResponse {
  const response: RangeResponse = { revision: 0, kvs: [], more: false, count: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) response.revision = readHeader(reader.message())
    else if (field === 2) response.kvs.push(readKeyValue(reader.message()))
    else if (field === 3) response.more = reader.number() === 1
    else if (field === 4) response.count = reader.number()
    else reader.skip()
  }
  return response
}

function readHeader(reader: MessageReader): Revision {
  let revision = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 3) revision = reader.number()
    else reader.skip()
  }
  return revision
}

function readKeyValue(reader: MessageReader): KeyValue {
  const kv: KeyValue = { key: '', value: empty, createRevision: 0, modRevision: 0, lease: 0n }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) kv.key = reader.text()
    else if (field === 2) kv.createRevision = reader.number()
    else if (field === 3) kv.modRevision = reader.number()
    else if (field === 5) kv.value = reader.bytes()
    else if (field === 6) kv.lease = reader.bigint()
    else reader.skip()
  }
  return kv
}

/** One operation of a transaction; without a value it deletes. */
export interface Operation {
  key: string
  value?: Uint8Array
  lease?: LeaseId
}

export interface TxnRequest {
  compare: readonly { key: string; modRevision: Revision }[]
  success: readonly Operation[]
  /** Key to read when a comparison fails. */
  read?: string
}

export interface TxnResponse {
  revision: Revision
  succeeded: boolean
  read: KeyValue | undefined
}

const targetMod = 2

/** Written in place: a value is copied once. */
export function encodeTxn(request: TxnRequest): Buffer {
  let weight = 200
  for (const { key, value } of request.success) weight += key.length * 4 + (value?.length ?? 0) + 150
  const message = new MessageWriter(weight)
  for (const { key, modRevision } of request.compare) {
    const compare = message.open(1)
    message.number(2, targetMod).text(3, key).number(6, modRevision).close(compare)
  }
  for (const { key, value, lease } of request.success) {
    const operation = message.open(2)
    const change = message.open(value ? 2 : 3)
    message.text(1, key)
    if (value) message.bytes(2, value).int64(3, lease ?? 0n)
    message.close(change).close(operation)
  }
  if (request.read !== undefined) {
    const operation = message.open(3)
    const range = message.open(1)
    writeRange(message, { key: request.read }).close(range).close(operation)
  }
  return message.framed()
}

export function decodeTxn(bytes: Buffer): TxnResponse {
  const reader = new MessageReader(bytes)
  const response: TxnResponse = { revision: 0, succeeded: false, read: undefined }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) response.revision = readHeader(reader.message())
    else if (field === 2) response.succeeded = reader.number() === 1
    else if (field === 3) {
      const operation = reader.message()
      for (let kind = operation.next(); kind !== 0; kind = operation.next()) {
        if (kind === 1) response.read = readRange(operation.message()).kvs[0]
        else operation.skip()
      }
    } else reader.skip()
  }
  return response
}

export function encodeCompaction(revision: Revision): Buffer {
  return new MessageWriter().number(1, revision).framed()
}

export function encodeWatchCreate(request: { key: string; end: string; from: Revision }): Buffer {
  const create = new MessageWriter().text(1, request.key).text(2, request.end).number(3, request.from).flag(8, true)
  return new MessageWriter().message(1, create).framed()
}

export function encodeProgressRequest(): Buffer {
  return new MessageWriter().bytes(3, empty).framed()
}

export interface WatchResponse {
  revision: Revision
  watchId: number
  created: boolean
  canceled: boolean
  compactRevision: Revision
  cancelReason: string
  /** More of the same revisions follows. */
  fragment: boolean
  events: StoreEvent[]
  /** Of the message, bytes. */
  size: number
}

export function decodeWatch(bytes: Buffer): WatchResponse {
  const reader = new MessageReader(bytes)
  const response: WatchResponse = {
    revision: 0,
    watchId: 0,
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
    events: [],
    size: bytes.length,
  }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) response.revision = readHeader(reader.message())
    else if (field === 2) response.watchId = Number(reader.bigint())
    else if (field === 3) response.created = reader.number() === 1
    else if (field === 4) response.canceled = reader.number() === 1
    else if (field === 5) response.compactRevision = reader.number()
    else if (field === 6) response.cancelReason = reader.text()
    else if (field === 7) response.fragment = reader.number() === 1
    else if (field === 11) response.events.push(readEvent(reader.message()))
    else reader.skip()
  }
  return response
}

function readEvent(reader: MessageReader): StoreEvent {
  let type: StoreEvent['type'] = 'put'
  let kv: KeyValue | undefined
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) type = reader.number() === 1 ? 'delete' : 'put'
    else if (field === 2) kv = readKeyValue(reader.message())
    else reader.skip()
  }
  if (!kv) throw new Error('an event from etcd has no key')
  return { type, ...kv }
}

/** `StatusResponse`: the server's version, and whether it knows a leader. */
export function decodeStatus(bytes: Buffer): { version: string; hasLeader: boolean } {
  const reader = new MessageReader(bytes)
  const status = { version: '', hasLeader: false }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) status.version = reader.text()
    else if (field === 4) status.hasLeader = reader.bigint() !== 0n
    else reader.skip()
  }
  return status
}

export function encodeAuthenticate(name: string, password: string): Buffer {
  return new MessageWriter().text(1, name).text(2, password).framed()
}

export function decodeToken(bytes: Buffer): string {
  const reader = new MessageReader(bytes)
  let token = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) token = reader.text()
    else reader.skip()
  }
  return token
}

export function encodeLeaseGrant(ttlSeconds: number): Buffer {
  return new MessageWriter().number(1, ttlSeconds).framed()
}

/** `LeaseRevokeRequest` and `LeaseKeepAliveRequest` are alike. */
export function encodeLeaseId(id: LeaseId): Buffer {
  return new MessageWriter().int64(1, id).framed()
}

/** `LeaseGrantResponse` and `LeaseKeepAliveResponse` are alike. */
export function decodeLease(bytes: Buffer): { id: LeaseId; ttl: number } {
  const reader = new MessageReader(bytes)
  const lease = { id: 0n, ttl: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) lease.id = reader.bigint()
    else if (field === 3) lease.ttl = Number(reader.bigint())
    else reader.skip()
  }
  return lease
}

/** `LeaseTimeToLiveResponse`: what is left of a lease, and what it was given, in seconds. */
export function decodeTimeToLive(bytes: Buffer): LeaseInfo {
  const reader = new MessageReader(bytes)
  const lease = { id: 0n, ttl: 0, remaining: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) lease.id = reader.bigint()
    else if (field === 3) lease.remaining = Number(reader.bigint())
    else if (field === 4) lease.ttl = Number(reader.bigint())
    else reader.skip()
  }
  return lease
}

/** `LeaseLeasesResponse`: the ids of all leases. */
export function decodeLeases(bytes: Buffer): LeaseId[] {
  const reader = new MessageReader(bytes)
  const ids: LeaseId[] = []
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) ids.push(decodeLeaseStatus(reader.message()))
    else reader.skip()
  }
  return ids
}

function decodeLeaseStatus(reader: MessageReader): LeaseId {
  let id = 0n
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.bigint()
    else reader.skip()
  }
  return id
}

/** A message without fields. */
export function encodeEmpty(): Buffer {
  return new MessageWriter(0).framed()
}
