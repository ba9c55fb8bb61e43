import {
  builtinSchemas,
  decodeWatchFrame,
  openProtobuf,
  protobufContentType as protobuf,
  sealProtobuf,
} from '@kubets/api-types'
import type { HttpClient, RequestInit } from './http-client.ts'

export const acceptProtobuf = `${protobuf},application/json`

/** A body in protobuf. */
export function sealed(apiVersion: string, kind: string, schema: string, value: object): Buffer {
  return sealProtobuf(apiVersion, kind, builtinSchemas.get(schema).encodeProtobuf(value))
}

export interface Answer {
  status: number
  type: unknown
  apiVersion: string
  kind: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  object: any
}

/** Sends and reads protobuf; `schema` is what the answer should hold. */
export async function ask(
  client: HttpClient,
  method: string,
  path: string,
  schema: string,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = {
    accept: acceptProtobuf,
    ...(init.body === undefined
      ? {}
      : { 'content-type': protobuf, 'content-length': String((init.body as Buffer).length) }),
    ...init.headers,
  }
  const { status, headers: got, body } = await client.stream(method, path, { ...init, headers })
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  const { apiVersion, kind, raw } = openProtobuf(Buffer.concat(chunks))
  return { status, type: got['content-type'], apiVersion, kind, object: builtinSchemas.get(schema).decodeProtobuf(raw) }
}

/** What a watch in protobuf is told. */
export async function* watchFrames(body: AsyncIterable<Buffer>) {
  let bytes = Buffer.alloc(0)
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, chunk])
    for (let frame = decodeWatchFrame(bytes); frame !== undefined; frame = decodeWatchFrame(bytes)) {
      bytes = Buffer.from(frame.rest)
      yield frame
    }
  }
}
