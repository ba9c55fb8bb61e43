import { type Clock, readOn } from '@kubets/component'
import type { Dialed } from './dial.ts'

export interface KeepAliveOptions {
  clock: Clock
  /** A ping is sent this often; without its answer in `pingTimeout` the session is given up. Milliseconds, as client-go's. */
  pingInterval: number
  pingTimeout: number
}

/** So often it is seen to that the end of a connection is heard of, ms: {@link readOn}. */
const readEvery = 1_000

/** Pings as client-go's http2 transport does, so that a dead peer is noticed without traffic. The returned function ends that. */
export function keepAlive({ session, socket }: Dialed, options: KeepAliveOptions): () => void {
  const { clock, pingInterval, pingTimeout } = options
  let cancelRead: () => void = () => undefined
  let cancelNext: () => void = () => undefined
  let cancelDeadline: () => void = () => undefined
  let stopped = false
  const read = () => {
    cancelRead = clock.after(readEvery, () => {
      readOn(socket)
      read()
    })
  }
  const lost = () => {
    session.destroy(new Error('http2: client connection lost'))
    // what is still to be sent will never be taken
    socket.destroy()
  }
  const answered = () => {
    cancelDeadline()
    if (!stopped) next()
  }
  const next = () => {
    cancelNext = clock.after(pingInterval, () => {
      cancelDeadline = clock.after(pingTimeout, lost)
      // all is over, but its peer does not close the connection
      if (session.destroyed) return
      // Node sends no ping on a session that takes no new streams, and calls back at once; those that it has must not wait for a dead peer either
      if (session.closed) session.settings({}, answered)
      else session.ping(answered)
    })
  }
  read()
  next()
  return () => {
    stopped = true
    cancelRead()
    cancelNext()
    cancelDeadline()
  }
}
