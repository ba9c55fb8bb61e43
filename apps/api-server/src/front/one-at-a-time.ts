import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Line {
  /** To the last request that has come. */
  last: ServerResponse
  waiting: number
}

/** Requests of one connection that wait for the answer to the one before. Beyond: it ends. Clients of ours send none before they have their answer. */
const mostWaiting = 100

const lineOf = Symbol('requests of the connection')
type Lined = Socket & { [lineOf]?: Line }

/**
 * HTTP/1.1's requests of one connection are answered one after the other, as in Go: Node hands over all that a client sends at once, and each would hold a
 * place among those that are answered at once, also where nobody reads the answers. Says whether this one is next: if not, `later` is called when it is,
 * or never where the connection ends before.
 */
export function isNext(socket: Socket, response: ServerResponse, later: () => void): boolean {
  const line = (socket as Lined)[lineOf]
  if (line === undefined) {
    ;(socket as Lined)[lineOf] = { last: response, waiting: 0 }
    return true
  }
  const before = line.last
  line.last = response
  if (line.waiting === 0 && before.writableFinished) return true
  if (line.waiting >= mostWaiting) {
    socket.destroy()
    return false
  }
  line.waiting++
  before.once('close', () => {
    line.waiting--
    if (!socket.destroyed) later()
  })
  return false
}

/** The answer to a request of the connection is not complete. */
export function isAnswering(socket: Socket): boolean {
  const line = (socket as Lined)[lineOf]
  return line !== undefined && !line.last.writableFinished
}
