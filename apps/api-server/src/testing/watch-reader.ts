import type { HttpClient, StreamReply } from './http-client.ts'

export interface SeenEvent {
  type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  object: any
}

/** A running watch of a test: its events one after the other. */
export interface WatchReader {
  readonly reply: StreamReply
  /** The next event; undefined when the server ended the watch. */
  next(): Promise<SeenEvent | undefined>
  /** Events up to and including the first that fits. */
  until(fits: (event: SeenEvent) => boolean): Promise<SeenEvent[]>
  close(): void
}

export async function openWatch(
  client: HttpClient,
  path: string,
  headers?: Record<string, string>,
): Promise<WatchReader> {
  const reply = await client.stream('GET', path, headers === undefined ? {} : { headers })
  const lines = readLines(reply.body)
  const next = async () => {
    const line = await lines.next()
    return line.done === true ? undefined : (JSON.parse(line.value) as SeenEvent)
  }
  return {
    reply,
    next,
    async until(fits) {
      const seen: SeenEvent[] = []
      for (;;) {
        const event = await next()
        if (event === undefined) throw new Error(`the watch ended after ${JSON.stringify(seen)}`)
        seen.push(event)
        if (fits(event)) return seen
      }
    },
    close: () => reply.close(),
  }
}

async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let rest = ''
  for await (const chunk of body) {
    rest += chunk.toString('utf8')
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
  }
}
