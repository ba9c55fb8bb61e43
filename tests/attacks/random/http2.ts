import type { Random } from '../../../tools/fuzz/random.ts'
import { fields, flag, frame, frameType, get } from '../http2-frames.ts'

/** The client's first bytes, mostly right, and frames of which each may be what it should not be. RFC 9113. */
export function http2Bytes(random: Random): Buffer {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  const pieces = [random.chance(0.9) ? preface : noise(random, 24)]
  if (random.chance(0.9)) pieces.push(frame(frameType.settings, 0, 0, settings(random)))
  // what comes after the preface may be nothing of HTTP/2 at all
  if (random.chance(0.2)) pieces.push(noise(random, 1 + random.below(300)))
  for (let i = random.below(20); i > 0; i--) pieces.push(random.chance(0.6) ? request(random) : oddFrame(random))
  const bytes = Buffer.concat(pieces)
  return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
}

function request(random: Random): Buffer {
  const stream = 1 + 2 * random.below(20)
  const path = random.pick([
    '/version',
    '/api/v1/namespaces/team',
    '/api/v1/namespaces/team/pods?watch=1',
    '/healthz',
    '*',
    '',
  ])
  const odd: readonly (readonly [string, string])[] = [
    [':path', '/twice'],
    [':unknown', 'x'],
    ['Upper', 'case'],
    ['connection', 'close'],
    ['te', 'gzip'],
    ['content-length', random.pick(['5', '-1', 'x'])],
    ['x-nul', 'a\0b'],
    ['x-long', 'x'.repeat(random.below(9_000))],
    ['cookie', 'a=b'],
    ['expect', '100-continue'],
  ]
  const all = [...get(path)]
  while (random.chance(0.3)) all.push(random.pick(odd))
  if (random.chance(0.1)) all.splice(random.below(all.length), 1)
  const flags = (random.chance(0.8) ? flag.endHeaders : 0) | (random.chance(0.7) ? flag.endStream : 0)
  const headers = frame(frameType.headers, flags, stream, fields(all))
  return random.chance(0.3)
    ? Buffer.concat([
        headers,
        frame(frameType.data, random.pick([0, flag.endStream]), stream, noise(random, random.below(200))),
      ])
    : headers
}

function oddFrame(random: Random): Buffer {
  const made = frame(
    random.below(14),
    random.below(256),
    random.pick([0, 0, 1, 2, 3, 7, 2 ** 31 - 1]),
    noise(random, random.below(64)),
  )
  // a length that is not the payload's
  if (random.chance(0.2)) made.writeUIntBE(random.pick([0, 1, 8, 16_384, 16_385, 0xff_ff_ff]), 0, 3)
  return made
}

/** Pairs of a number and a value, and now and then not even that. */
function settings(random: Random): Buffer {
  const pairs = Array.from({ length: random.below(6) }, () => {
    const pair = Buffer.alloc(6)
    pair.writeUInt16BE(random.below(10), 0)
    pair.writeUInt32BE(random.pick([0, 1, 100, 16_384, 65_535, 2 ** 31 - 1, 2 ** 32 - 1]), 2)
    return pair
  })
  return Buffer.concat(random.chance(0.1) ? [...pairs, noise(random, 3)] : pairs)
}

export function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}
