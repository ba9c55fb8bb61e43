import { describe, expect, it } from 'vitest'
import { AnswerReader } from './answer-reader.ts'

const answers = [
  {
    what: 'with a length',
    head: 'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n',
    body: 'hello\r\n\r\n00',
    status: 200,
  },
  { what: 'without a body', head: 'HTTP/1.1 404 Not Found\r\nContent-Length:0\r\nx: y\r\n\r\n', body: '', status: 404 },
  {
    what: 'in chunks',
    head: 'HTTP/1.1 201 Created\r\nTransfer-Encoding: Chunked\r\nx: y\r\n\r\n',
    // the first ends as a body does
    body: '1A;a=1f\r\nabcdefghijklmnopqrstu0\r\n\r\n\r\n3\r\nxyz\r\n0\r\n\r\n',
    status: 201,
  },
  {
    what: 'in chunks, with trailers',
    head: 'HTTP/1.1 200 OK\r\nDate: today\r\ntransfer-encoding: chunked\r\n\r\n',
    body: '0a\r\n0123456789\r\n00\r\na: b\r\ncontent-length: 7\r\n\r\n',
    status: 200,
  },
  {
    what: 'with names in it that end as the right ones do',
    head: 'HTTP/1.1 409 Conflict\r\nx-content-length: 70\r\ncontent-length-x: 80\r\nCONTENT-LENGTH: 2\r\n\r\n',
    body: '{}',
    status: 409,
  },
]
const all = answers.map(({ head, body }) => Buffer.from(head + body))

/** Memory as sockets have it: with other bytes behind those that came. */
const memory = Buffer.alloc(1024, '\r\n\r\ncontent-length: 9\r\n\r\n0\r\n\r\n')

/** Reads the pieces, one after the other; whether each was an answer's end. */
function read(reader: AnswerReader, pieces: readonly Buffer[]): boolean[] {
  return pieces.map(piece => {
    piece.copy(memory)
    return reader.read(memory, piece.length)
  })
}

const length = (body: string) => Buffer.byteLength(body)

describe('an answer', () => {
  for (const [i, { what, body, status }] of answers.entries()) {
    const bytes = all[i] as Buffer
    it(`${what} is read at once`, () => {
      const reader = new AnswerReader()
      expect(read(reader, [bytes])).toEqual([true])
      expect(reader).toMatchObject({ status, bytes: length(body), bodyAt: bytes.length - length(body), within: false })
    })

    it(`${what} is read from two pieces, wherever it is cut`, () => {
      const reader = new AnswerReader()
      for (let at = 1; at < bytes.length; at++) {
        expect([at, ...read(reader, [bytes.subarray(0, at)])]).toEqual([at, false])
        expect(reader.within).toBe(true)
        expect([at, ...read(reader, [bytes.subarray(at)])]).toEqual([at, true])
        expect(reader).toMatchObject({ status, bytes: length(body), within: false })
      }
    })

    it(`${what} is read byte by byte`, () => {
      const reader = new AnswerReader()
      const bodies: number[] = []
      const ends = Array.from(bytes, byte => {
        const ended = read(reader, [Buffer.of(byte)])
        bodies.push(1 - reader.bodyAt)
        return ended[0]
      })
      expect(ends).toEqual([...Array.from({ length: bytes.length - 1 }, () => false), true])
      expect(bodies.reduce((sum, one) => sum + one, 0)).toBe(length(body))
      expect(reader).toMatchObject({ status, bytes: length(body) })
    })
  }

  it('of each kind is read after each other kind', () => {
    const reader = new AnswerReader()
    for (const first of answers.keys())
      for (const second of answers.keys())
        for (const i of [first, second]) {
          expect(read(reader, [all[i] as Buffer])).toEqual([true])
          expect(reader).toMatchObject({ status: answers[i]?.status, bytes: length(answers[i]?.body ?? '') })
        }
  })

  it.each([
    ['a length', 'content-length: 2\r\n\r\n{}', '{'],
    ['chunks', 'transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', 'HTTP/1.1 200 OK'],
  ])('of %s with more behind it is an error', (_, answer, more) => {
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${answer}${more}`)
    expect(() => read(new AnswerReader(), [bytes])).toThrow('more than the answer came')
  })

  it.each([
    ['has neither a length nor chunks', 'x: y\r\n\r\n', 'an answer of 200 does not tell where it ends'],
    ['is encoded otherwise', 'transfer-encoding: gzip, chunked\r\n\r\n', 'does not tell where it ends'],
    ['has a chunk without a size', 'transfer-encoding: chunked\r\n\r\n{}', 'the size of a chunk is no number'],
  ])('that %s is an error', (_, rest, message) => {
    expect(() => read(new AnswerReader(), [Buffer.from(`HTTP/1.1 200 OK\r\n${rest}`)])).toThrow(message)
  })
})
