import { readFile } from 'node:fs/promises'
import type { Clock } from '@kubets/component'
import type { ClientConfig } from '../contract.ts'

/** client-go looks at a token file again after a minute. */
const REREAD_AFTER = 60_000

/** The `Authorization` header's value; a promise only while a token file is read for the first time. */
export interface Authorization {
  (): string | undefined | Promise<string | undefined>
  /** The server did not know who asks. */
  refused?(): void
}

export function authorization(config: ClientConfig, clock: Clock): Authorization {
  const { tokenFile, token } = config
  if (tokenFile === undefined) {
    const fixed = token === undefined ? undefined : `Bearer ${token}`
    return () => fixed
  }
  let held: string | undefined
  let readAt = 0
  let reading: Promise<string> | undefined
  async function read(file: string): Promise<string> {
    try {
      held = `Bearer ${(await readFile(file, 'utf8')).trim()}`
      return held
    } catch (cause) {
      throw new Error(`read token file ${file}: ${(cause as Error).message}`, { cause })
    } finally {
      reading = undefined
      readAt = clock.now()
    }
  }
  return () => {
    if (held !== undefined && clock.now() - readAt < REREAD_AFTER) return held
    reading ??= read(tokenFile)
    if (held === undefined) return reading
    // the old token stays good for a while: nobody waits for the new one, nor fails because the file is away just now
    reading.catch(() => undefined)
    return held
  }
}
