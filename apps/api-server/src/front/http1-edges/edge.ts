/** What is done on a connection: bytes to write (latin1: a character a byte), a wait until so many answers (interim ones too) have come, or the end of our side. */
export type Step = string | { readonly answers: number } | typeof fin
export const fin = Symbol('FIN')

/** What comes back, in order. */
export interface Expected {
  readonly statuses: readonly number[]
  /** The connection goes on: a request behind it, in the same packet, is answered. */
  readonly kept: boolean
}

export interface Also {
  /** As good as what is expected. */
  readonly or?: readonly Expected[]
  /** Of the last of the row's own answers: the whole body, or a part of it. */
  readonly text?: string | RegExp
  /** Of the same one. `null`: there is none. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** The status line of the same one begins with it. */
  readonly version?: 'HTTP/1.0'
  /** The first answer is one to HEAD: no body follows, whatever its head says. */
  readonly head?: true
  /** No request is put behind it: it would be part of what is sent. */
  readonly alone?: true
  /** Over a connection without a client certificate. */
  readonly stranger?: true
}

/** A row of the table: bytes, and what they are answered with. */
export interface Edge extends Also {
  readonly name: string
  readonly steps: readonly Step[]
  readonly expected: Expected
}

export const kept = (...statuses: number[]): Expected => ({ statuses, kept: true })
export const ended = (...statuses: number[]): Expected => ({ statuses, kept: false })

/** Of a request that is not all there, silence is as good an answer: nobody may be there to read one. */
export const orSilence = { or: [ended()] } as const

export function edge(name: string, send: string | readonly Step[], expected: Expected, also: Also = {}): Edge {
  return { name, steps: typeof send === 'string' ? [send] : send, expected, ...also }
}
