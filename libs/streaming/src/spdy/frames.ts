/** SPDY/3.1 frames on the wire (draft 3.1, sections 2.2 and 2.6). */

export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

export const flagFin = 1

/** RST_STREAM status codes. */
export const resetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const

export const frameHeaderSize = 8

export type FrameHeader =
  | {
      readonly control: true
      readonly version: number
      readonly type: number
      readonly flags: number
      readonly length: number
    }
  | { readonly control: false; readonly streamId: number; readonly flags: number; readonly length: number }

export function readFrameHeader(bytes: Buffer): FrameHeader {
  const flags = bytes.readUInt8(4)
  const length = bytes.readUIntBE(5, 3)
  if (bytes.readUInt8(0) & 0x80)
    return { control: true, version: bytes.readUInt16BE(0) & 0x7fff, type: bytes.readUInt16BE(2), flags, length }
  return { control: false, streamId: bytes.readUInt32BE(0), flags, length }
}

export function dataFrameHeader(streamId: number, length: number, fin: boolean): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderSize)
  header.writeUInt32BE(streamId, 0)
  header.writeUInt8(fin ? flagFin : 0, 4)
  header.writeUIntBE(length, 5, 3)
  return header
}

export function synStreamFrame(streamId: number, headerBlock: Buffer): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt32BE(streamId, 0)
  return controlFrame(frameType.synStream, Buffer.concat([fixed, headerBlock]))
}

export function synReplyFrame(streamId: number, headerBlock: Buffer): Buffer {
  return controlFrame(frameType.synReply, Buffer.concat([uint32(streamId), headerBlock]))
}

export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(frameType.rstStream, uint32(streamId, status))
}

export function pingFrame(id: number): Buffer {
  return controlFrame(frameType.ping, uint32(id))
}

export function goAwayFrame(lastStreamId: number): Buffer {
  return controlFrame(frameType.goAway, uint32(lastStreamId, 0))
}

function controlFrame(type: number, payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderSize)
  header.writeUInt16BE(0x8003, 0)
  header.writeUInt16BE(type, 2)
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

function uint32(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, i * 4)
  })
  return bytes
}
