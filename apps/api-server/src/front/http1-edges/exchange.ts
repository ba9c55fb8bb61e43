import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { type Edge, fin, type Step } from './edge.ts'
import { type Answer, readAnswers } from './read-answers.ts'

/** Put behind each row, to see whether the connection goes on; its answer is `ok`. */
const probe = 'GET /livez/ping HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n'

export interface Exchanged {
  /** To the row itself. */
  readonly answers: readonly Answer[]
  /** The request behind it was answered; the other side ended the connection without that; or neither, for `patience` ms. */
  readonly outcome: 'kept' | 'ended' | 'open'
}

/** Sends a row on a connection of its own, and reads until the other side ends it. `bytewise`: a byte a TLS record. */
export async function exchange(
  connection: ConnectionOptions,
  edge: Edge,
  options: { bytewise?: boolean; patience: number },
): Promise<Exchanged> {
  const socket = await opened(connection)
  let bytes = ''
  let closed = false
  let heard = () => {}
  const close = () => {
    closed = true
    heard()
  }
  socket.setEncoding('latin1')
  socket.on('data', chunk => {
    bytes += chunk
    heard()
  })
  socket.on('error', () => {}) // shows as 'close'
  socket.once('end', close)
  socket.once('close', close)
  const answers = () => readAnswers(bytes, edge.head === true)
  /** Until it holds, the other side has ended the connection, or said nothing for too long. */
  const until = async (holds: () => boolean) => {
    while (!closed && !holds()) {
      const before = bytes.length
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, options.patience)
        heard = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (bytes.length === before) return
    }
  }
  try {
    for (const step of withProbe(edge)) {
      if (step === fin) socket.end()
      else if (typeof step !== 'string')
        await until(() => answers().filter(({ complete }) => complete).length >= step.answers)
      else for (const part of options.bytewise ? step : [step]) socket.write(part, 'latin1')
    }
    await until(() => false)
    const all = answers()
    if (edge.alone !== true && isOfProbe(all.at(-1)))
      return { answers: all.slice(0, -1), outcome: closed ? 'kept' : 'open' }
    return { answers: all, outcome: closed ? 'ended' : 'open' }
  } finally {
    socket.destroy()
  }
}

/** In the packet of the last step. */
function withProbe({ alone, steps }: Edge): readonly Step[] {
  const last = steps.at(-1)
  if (alone === true) return steps
  return typeof last === 'string' ? [...steps.slice(0, -1), last + probe] : [...steps, probe]
}

const isOfProbe = (answer: Answer | undefined): boolean =>
  answer?.status === 200 && answer.body === 'ok' && answer.headers.connection === 'close'

function opened(connection: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...connection, ALPNProtocols: ['http/1.1'] }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
