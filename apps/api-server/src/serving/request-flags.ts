import { type FlagTable, type FlagValues, UsageError } from '@kubets/component'
import type { ConnectionLimits } from '../front/connections.ts'
import type { ListenerLimits } from '../front/listener-limits.ts'
import type { MaxInFlightOptions } from '../handlers/max-in-flight.ts'

export interface ServingLimits {
  /** Requests that are answered at the same time. Default 400 that read, 200 that write. */
  inFlight?: MaxInFlightOptions
  /** ms that a request may take, unless it is a watch, a log or a stream. Default one minute. */
  requestTimeout?: number
  /** Default: none is asked to connect anew. */
  goawayChance?: number
  listener?: Partial<ListenerLimits>
  /** Default: as many as the limit of open files has room for, 50,000 at most. */
  connections?: Partial<ConnectionLimits>
}

/** Upstream's flags of what requests and connections may take. */
export const requestFlags = {
  'max-requests-inflight': {
    type: 'int',
    help: 'Reading requests that are answered at the same time; beyond them 429. 0: no bound. Watches, logs and streams do not count.',
    default: 400,
  },
  'max-mutating-requests-inflight': {
    type: 'int',
    help: 'The same for requests that write.',
    default: 200,
  },
  'request-timeout': {
    type: 'duration',
    help: 'How long a request may take before it is answered with 504, unless it is a watch, a log or a stream. Its own ?timeout= may say less.',
    default: '1m',
  },
  'goaway-chance': {
    type: 'string',
    help: 'The part of HTTP/2 requests, 0 to 0.02, after which the client is asked to connect anew, so that load balancers spread clients.',
    default: '0',
  },
  'http2-max-streams-per-connection': {
    type: 'int',
    help: 'Requests that one HTTP/2 connection may have open at once. 0: 1000.',
    default: 0,
  },
  'max-connections': {
    type: 'int',
    help: 'Connections of clients that are open at once (a flag of kubets). 0: 50000, or three quarters of what the limit of open files leaves, if that is less.',
    default: 0,
  },
  'strict-transport-security-directives': {
    type: 'strings',
    help: 'HSTS directives for browsers, comma separated, such as max-age=31536000,includeSubDomains,preload. Unset: no such header.',
  },
} as const satisfies FlagTable

type CountFlag = 'max-requests-inflight' | 'max-mutating-requests-inflight' | 'request-timeout' | 'max-connections'

/** @throws UsageError in upstream's words. */
export function servingLimits(values: FlagValues<typeof requestFlags>): {
  limits: ServingLimits
  strictTransportSecurity: readonly string[]
} {
  const atLeastZero = (name: CountFlag) => {
    if (values[name] < 0) throw new UsageError(`--${name} can not be negative value`)
    return values[name]
  }
  const connections = atLeastZero('max-connections')
  const streams = values['http2-max-streams-per-connection']
  if (streams < 0) throw new UsageError('--http2-max-streams-per-connection can not be negative value')
  return {
    limits: {
      inFlight: {
        readOnly: atLeastZero('max-requests-inflight'),
        mutating: atLeastZero('max-mutating-requests-inflight'),
      },
      requestTimeout: atLeastZero('request-timeout'),
      goawayChance: goawayChance(values['goaway-chance']),
      ...(streams === 0 ? {} : { listener: { http2Streams: streams } }),
      ...(connections === 0 ? {} : { connections: { most: connections } }),
    },
    strictTransportSecurity: directives(values['strict-transport-security-directives']),
  }
}

function goawayChance(text: string): number {
  const chance = Number(text)
  if (text.trim() === '' || Number.isNaN(chance))
    throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--goaway-chance" flag: must be a number`)
  if (chance < 0 || chance > 0.02) throw new UsageError('--goaway-chance can not be less than 0 or greater than 0.02')
  return chance
}

/** RFC 6797, section 6.1. */
function directives(given: readonly string[]): readonly string[] {
  for (const one of given) {
    if (one.trim() === '') throw new UsageError('empty value in strict-transport-security-directives')
    if (one === 'includeSubDomains' || one === 'preload') continue
    const parts = one.split('=')
    if (parts.length !== 2 || parts[0] !== 'max-age')
      throw new UsageError(
        '--strict-transport-security-directives invalid, allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information',
      )
  }
  return given
}
