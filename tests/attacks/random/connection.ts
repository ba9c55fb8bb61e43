import { Random } from '../../../tools/fuzz/random.ts'
import { http1Bytes } from './http1.ts'
import { http2Bytes, noise } from './http2.ts'

/** What one client does. The same seed and number give the same one. */
export interface RandomConnection {
  /** `plain`: no TLS at all; `handshake`: what should be TLS and is not, or not all of it. */
  readonly transport: 'tls' | 'plain' | 'handshake'
  readonly protocol: 'http/1.1' | 'h2'
  readonly user: 'nobody' | 'viewer' | 'mallory'
  /** Written one after another, each in a packet of its own. */
  readonly pieces: readonly Buffer[]
  /** How it leaves: after the server has had its say, at once, or with a reset. */
  readonly end: 'waits' | 'closes' | 'resets'
}

export function randomConnection(seed: number, number: number): RandomConnection {
  const random = new Random(seed * 1_000_003 + number)
  const transport = random.chance(0.85) ? 'tls' : random.pick(['plain', 'handshake'] as const)
  const protocol = random.chance(0.65) ? 'http/1.1' : 'h2'
  const bytes =
    transport === 'handshake'
      ? handshake(random)
      : random.chance(0.95) === (protocol === 'h2')
        ? http2Bytes(random)
        : http1Bytes(random)
  return {
    transport,
    protocol,
    user: random.pick(['nobody', 'viewer', 'mallory']),
    pieces: cut(random, bytes),
    end: random.pick(['waits', 'waits', 'closes', 'resets']),
  }
}

/** The beginning of a ClientHello, and anything. */
function handshake(random: Random): Buffer {
  const start = Buffer.from('16030100c8010000c40303', 'hex')
  return Buffer.concat([random.chance(0.7) ? start : noise(random, 11), noise(random, random.below(300))])
}

function cut(random: Random, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    const next = random.chance(0.5) ? bytes.length : at + 1 + random.below(bytes.length - at)
    pieces.push(bytes.subarray(at, next))
    at = next
  }
  return pieces
}
