export interface PemBlock {
  readonly type: string
  /** Lines `Name: value` before the content. */
  readonly headers: number
  readonly bytes: Buffer
}

const block = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n([\s\S]*?)(?:(?<=\n)|^)-----END \1-----[ \t]*(?=\r?\n|$)/g
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The blocks of a PEM text, in order; what is no block is passed over. */
export function readPem(text: string): PemBlock[] {
  const found: PemBlock[] = []
  for (const [, type = '', body = ''] of text.matchAll(block)) {
    const lines = body.split(/\r?\n/)
    const headers = lines.filter(line => line.includes(':')).length
    const content = lines
      .filter(line => !line.includes(':'))
      .join('')
      .replace(/[ \t]/g, '')
    if (content.length % 4 === 0 && base64.test(content)) {
      found.push({ type, headers, bytes: Buffer.from(content, 'base64') })
    }
  }
  return found
}
