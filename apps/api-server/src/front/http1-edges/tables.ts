import { answers } from './answers.ts'
import { bodies } from './bodies.ts'
import { chunks } from './chunks.ts'
import { connectionField } from './connection-field.ts'
import { contentLength } from './content-length.ts'
import type { Edge } from './edge.ts'
import { expectations } from './expectations.ts'
import { headerFields } from './header-fields.ts'
import { hosts } from './hosts.ts'
import { pipelines } from './pipelines.ts'
import { requestLine } from './request-line.ts'
import { target } from './target.ts'
import { trailers } from './trailers.ts'
import { transferEncoding } from './transfer-encoding.ts'
import { upgrades } from './upgrades.ts'

/**
 * What HTTP/1.1's edges are answered with. The answers are kube-apiserver's (Go's net/http, v1.36.1), recorded; where Go takes what RFC 9112 forbids,
 * and what stands before it may take otherwise, 400 and the end of the connection are expected instead, and a comment says so.
 */
export const tables: Readonly<Record<string, readonly Edge[]>> = {
  'request line': requestLine,
  target,
  'header fields': headerFields,
  Host: hosts,
  'Content-Length': contentLength,
  'Transfer-Encoding': transferEncoding,
  bodies,
  chunks,
  trailers,
  Expect: expectations,
  Connection: connectionField,
  Upgrade: upgrades,
  answers,
  pipelines,
}
