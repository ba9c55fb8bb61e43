import { validateFullyQualifiedDomainName } from '@kubets/apimachinery'
import { MessageReader, MessageWriter } from '../../etcd/protobuf.ts'
import { joined } from '../transformer.ts'

/** What the plaintext of the seed is: a key itself, as Kubernetes 1.28 and older wrote, or what keys are derived of. */
export const keyItself = 0
export const hkdfSeed = 1

/** The seed that a value's key comes from, as it lies beside the value: encrypted by the plugin. */
export interface EncryptedSeed {
  keyId: string
  encryptedSeed: Buffer
  annotations: Record<string, Buffer>
  type: number
}

/** What is stored of one value: upstream's `EncryptedObject`, in protobuf. */
export interface EncryptedObject extends EncryptedSeed {
  data: Buffer
}

const maxBytes = 1024
const maxAnnotations = 32 * 1024

export function encodeEncryptedObject({ data, keyId, encryptedSeed, annotations, type }: EncryptedObject): Buffer {
  const message = new MessageWriter(data.length + encryptedSeed.length + 1_024)
    .bytes(1, data)
    .text(2, keyId)
    .bytes(3, encryptedSeed)
  for (const [name, value] of Object.entries(annotations))
    message.message(4, new MessageWriter().text(1, name).bytes(2, value))
  return message.number(5, type).finish()
}

/** Views into `bytes`. Throws on what is no such object. */
export function decodeEncryptedObject(bytes: Uint8Array): EncryptedObject {
  const object: EncryptedObject = { data: none, keyId: '', encryptedSeed: none, annotations: {}, type: 0 }
  try {
    const reader = new MessageReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field === 1) object.data = reader.bytes()
      else if (field === 2) object.keyId = reader.text()
      else if (field === 3) object.encryptedSeed = reader.bytes()
      else if (field === 4) readAnnotation(reader.message(), object.annotations)
      else if (field === 5) object.type = reader.number()
      else reader.skip()
    }
  } catch (error) {
    throw new Error('proto: cannot parse invalid wire-format data', { cause: error })
  }
  checkEncryptedObject(object)
  return object
}

function readAnnotation(reader: MessageReader, into: Record<string, Buffer>): void {
  let name = ''
  let value: Buffer = none
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.text()
    else if (field === 2) value = reader.bytes()
    else reader.skip()
  }
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true })
}

const none = Buffer.alloc(0)

export function checkEncryptedObject(object: EncryptedObject): void {
  if (object.type !== keyItself && object.type !== hkdfSeed)
    throw new Error(`unknown encryptedDEKSourceType: ${object.type}`)
  if (object.data.length === 0) throw new Error('encrypted data is empty')
  checkSeed(object)
}

/** The plugin's part. Throws with upstream's sentences. */
export function checkSeed({ encryptedSeed, keyId, annotations }: EncryptedSeed): void {
  const { length } = encryptedSeed
  if (length === 0) throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty')
  if (length > maxBytes)
    throw new Error(
      `failed to validate encrypted DEK source: encrypted DEK source is ${length} bytes, which exceeds the max size of ${maxBytes}`,
    )
  const keyError = wrongKeyId(keyId)
  if (keyError !== undefined) throw new Error(`failed to validate key id: ${keyError.message}`)
  const errors: Error[] = []
  let size = 0
  for (const [name, value] of Object.entries(annotations)) {
    const wrong = validateFullyQualifiedDomainName('annotations', name)
    if (wrong.length > 0) errors.push(joined(wrong.map(({ field, message }) => new Error(`${field}: ${message}`))))
    size += Buffer.byteLength(name) + value.length
  }
  if (size > maxAnnotations)
    errors.push(new Error(`total size of annotations is ${size}, which exceeds the max size of ${maxAnnotations}`))
  if (errors.length > 0) throw new Error(`failed to validate annotations: ${joined(errors).message}`)
}

export function wrongKeyId(keyId: string): { code: 'empty' | 'too_long'; message: string } | undefined {
  const length = Buffer.byteLength(keyId)
  if (length === 0) return { code: 'empty', message: 'keyID is empty' }
  if (length > maxBytes)
    return { code: 'too_long', message: `keyID is ${length} bytes, which exceeds the max size of ${maxBytes}` }
  return undefined
}

/** One text for one seed: two values that have it need one answer of the plugin. */
export function seedName({ type, encryptedSeed, keyId, annotations }: EncryptedSeed): string {
  const names = Object.keys(annotations).sort()
  return JSON.stringify([
    type,
    encryptedSeed.toString('base64'),
    keyId,
    names.map(name => [name, annotations[name]?.toString('base64')]),
  ])
}
