import { Writable } from 'node:stream'
import type { ProxyResponse } from '@kubets/streaming'
import type { BodyWriter, Exchange } from '../front/exchange.ts'

/** An exchange as the writable stream that the streaming library answers into, with back-pressure. */
export function exchangeResponse(exchange: Exchange): ProxyResponse {
  let writer: BodyWriter | undefined
  const response = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (writer === undefined || writer.write(chunk)) done()
      else void writer.drained().then(() => done())
    },
    final(done) {
      writer?.end()
      done()
    },
    destroy(error, done) {
      if (error !== null || !response.writableFinished) exchange.cut()
      done(error)
    },
  })
  exchange.onClose(() => response.destroy())
  return Object.assign(response, {
    writeHead(status: number, headers: Record<string, string | string[]>) {
      let type = ''
      for (const [name, value] of Object.entries(headers)) {
        if (name.toLowerCase() === 'content-type') type = String(value)
        else exchange.setHeader(name, value)
      }
      writer = exchange.begin(status, type)
      return response
    },
  })
}
