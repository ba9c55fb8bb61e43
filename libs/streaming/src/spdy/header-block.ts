import { createInflate, type Inflate, type ZlibOptions } from 'node:zlib'

/** Names in lower case; values of one name joined by NUL, as SPDY has it. */
export type SpdyHeaders = Readonly<Record<string, string>>

/** What one header block may inflate to. Ours are below 200 bytes; a larger one ends the connection. */
const maxInflated = 64 * 1024

/** The words of the SPDY/3 dictionary (draft 3, section 2.6.10.1), each preceded by its length in four bytes, then a tail without lengths. */
const words =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization ' +
  'cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range ' +
  'content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
  'location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding ' +
  'upgrade user-agent vary via warning www-authenticate method get status 200~OK version HTTP/1.1 url public set-cookie keep-alive origin'
const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information' +
  '204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error' +
  '501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, ' +
  'Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,' +
  'publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

export const dictionary: Buffer = Buffer.concat([
  ...words.split(' ').map(word => sized(word.replace('~', ' '))),
  Buffer.from(tail, 'latin1'),
])

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/**
 * Writes header blocks as zlib data of stored (uncompressed) blocks. They hold a word or two, so compression has nothing to gain, and
 * this way a frame is complete at once, without a trip to zlib's thread. Any inflater reads it; no dictionary is announced.
 */
export class HeaderBlockWriter {
  #started = false

  encode(headers: SpdyHeaders): Buffer {
    const entries = Object.entries(headers)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(entries.length)
    const raw = Buffer.concat([count, ...entries.flatMap(([name, value]) => [sized(name.toLowerCase()), sized(value)])])
    if (raw.length > 0xffff) throw new RangeError('SPDY header block is too large')
    const stored = Buffer.alloc(5)
    stored.writeUInt16LE(raw.length, 1)
    stored.writeUInt16LE(raw.length ^ 0xffff, 3)
    // the empty block after it is zlib's sync flush: readers deliver what they hold when they meet it
    const block = [stored, raw, Buffer.from([0, 0, 0, 0xff, 0xff])]
    if (!this.#started) block.unshift(Buffer.from([0x78, 0x01]))
    this.#started = true
    return Buffer.concat(block)
  }
}

/** Reads header blocks: one zlib stream over the whole connection, so blocks are read one after the other, in order. */
export class HeaderBlockReader {
  readonly #inflate: Inflate

  constructor() {
    // zlib streams take a stream's options too; what inflates to more than this is held back, and refused
    const options: ZlibOptions & { readableHighWaterMark: number } = {
      dictionary,
      chunkSize: 4096,
      readableHighWaterMark: maxInflated * 2,
    }
    this.#inflate = createInflate(options)
  }

  decode(block: Buffer): Promise<SpdyHeaders> {
    const inflate = this.#inflate
    return new Promise((resolve, reject) => {
      const tooLarge = () => {
        if (inflate.readableLength > maxInflated) reject(new RangeError('SPDY header block is too large'))
      }
      inflate.once('error', reject)
      inflate.on('readable', tooLarge)
      inflate.write(block, error => {
        inflate.off('error', reject)
        inflate.off('readable', tooLarge)
        if (error) return reject(error)
        const parts: Buffer[] = []
        for (let part = inflate.read(); part !== null; part = inflate.read()) parts.push(part as Buffer)
        try {
          resolve(parse(Buffer.concat(parts)))
        } catch (problem) {
          reject(problem)
        }
      })
    })
  }

  close(): void {
    this.#inflate.on('error', () => undefined)
    this.#inflate.destroy()
  }
}

function parse(block: Buffer): SpdyHeaders {
  if (block.length > maxInflated) throw new RangeError('SPDY header block is too large')
  const headers: Record<string, string> = Object.create(null)
  let at = 4
  const text = (): string => {
    const length = block.readUInt32BE(at)
    const end = at + 4 + length
    if (end > block.length) throw new RangeError('SPDY header block ends early')
    const value = block.toString('utf8', at + 4, end)
    at = end
    return value
  }
  for (let count = block.readUInt32BE(0); count > 0; count--) headers[text().toLowerCase()] = text()
  return headers
}
