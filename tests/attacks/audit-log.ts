import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'

export interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly stage: string
  readonly user: { readonly username?: string; readonly groups?: readonly string[] }
  readonly responseStatus?: { readonly code?: number; readonly message?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** Who did what, and how it ended. */
export interface Told {
  /** Undefined: nobody, who could not be let in. */
  readonly user: string | undefined
  readonly verb: string
  readonly code: number
  /** The request's path and query begin with it. */
  readonly path: string
}

export interface AuditLog {
  text(): Promise<string>
  events(): Promise<AuditEvent[]>
  /** Waits until the log says so. */
  tells(what: Told): Promise<void>
  /** The request was refused before anybody could say what it was: nothing with that in its path is told. */
  tellsNothingOf(path: string): Promise<void>
}

/** What the api-server has written down. */
export function auditLog(file: string): AuditLog {
  const text = () => readFile(file, 'utf8').catch(() => '')
  const events = async () =>
    (await text())
      .split('\n')
      .filter(line => line.endsWith('}'))
      .map(line => JSON.parse(line) as AuditEvent)
  return {
    text,
    events,
    async tells({ user, verb, code, path }) {
      await expect
        .poll(async () =>
          (await events())
            .filter(one => one.requestURI.startsWith(path) && one.user.username === user)
            .map(one => `${one.verb} ${one.responseStatus?.code ?? 401}`),
        )
        .toContain(`${verb} ${code}`)
    },
    async tellsNothingOf(path) {
      expect((await events()).filter(one => one.requestURI.includes(path))).toEqual([])
    },
  }
}
