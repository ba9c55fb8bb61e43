import { JsonIndenter } from './json-indenter.ts'

/** Longer answers are written bit by bit. */
const most = 64 * 1024

const scratch = Buffer.allocUnsafeSlow(most)

/** A JSON text laid out for people; undefined where that takes more than 64 KB. */
export function indented(json: Uint8Array): Buffer | undefined {
  if (json.length > most) return undefined
  const indenter = new JsonIndenter(scratch)
  if (indenter.read(json, 0, json.length) < json.length) return undefined
  return Buffer.from(scratch.subarray(0, indenter.used))
}
