export interface Member {
  name: string
  /** Permission bits. */
  mode: number
  /** A folder when absent together with `linkTo`. */
  content?: Uint8Array
  /** Name of an earlier member: a hard link to it. */
  linkTo?: string
  /** Target of a symbolic link. */
  symlinkTo?: string
}

/** A ustar archive whose bytes depend on nothing but its members: owner root, time 0. Names are at most 100 bytes of ASCII. */
export function ustar(members: readonly Member[]): Buffer {
  const parts: Buffer[] = []
  for (const member of members) {
    const content = member.content ?? new Uint8Array()
    parts.push(header(member, content.length), Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512))
  }
  parts.push(Buffer.alloc(1024))
  return Buffer.concat(parts)
}

function header(member: Member, size: number): Buffer {
  const block = Buffer.alloc(512)
  const target = member.linkTo ?? member.symlinkTo ?? ''
  if (Buffer.byteLength(member.name) > 100 || Buffer.byteLength(target) > 100)
    throw new Error(`ustar: name too long: ${member.name}`)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const type =
    member.linkTo !== undefined ? '1' : member.symlinkTo !== undefined ? '2' : member.content === undefined ? '5' : '0'
  block.write(type === '5' && !member.name.endsWith('/') ? `${member.name}/` : member.name, 0)
  block.write(octal(member.mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write(' '.repeat(8), 148)
  block.write(type, 156)
  block.write(target, 157)
  block.write('ustar\x0000', 257)
  block.write(octal(0, 7), 329)
  block.write(octal(0, 7), 337)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
