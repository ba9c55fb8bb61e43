import { randomUUID } from 'node:crypto'
import type { Step } from './request-context.ts'

/** The request's id in answers and logs: the client's own `Audit-ID`, or a new one. */
export const auditId: Step = context => {
  const given = context.exchange.headers['audit-id']
  context.auditId = typeof given === 'string' && given !== '' ? given.slice(0, 64) : randomUUID()
  context.exchange.setHeader('audit-id', context.auditId)
  return undefined
}
