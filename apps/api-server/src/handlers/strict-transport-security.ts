import type { Step } from './request-context.ts'

/** `--strict-transport-security-directives`: what browsers are told of this server, with every answer. */
export function strictTransportSecurity(directives: readonly string[]): readonly Step[] {
  if (directives.length === 0) return []
  const value = directives.join('; ')
  return [
    ({ exchange }) => {
      exchange.setHeader('strict-transport-security', value)
      return undefined
    },
  ]
}
