import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { fillRandom } from '../random.ts'
import { takeBytes } from '../sealed-bytes.ts'
import type { Opened, Place, Transformer } from '../transformer.ts'

const nonceBytes = 12
const tagBytes = 16

export const tooShort = 'the stored data was shorter than the required size'

/** Twelve random bytes, the ciphertext, the tag. Bound to the key under which it is stored: moved elsewhere it cannot be opened. */
export class AesGcm implements Transformer {
  readonly #key: KeyObject
  readonly #cipher: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'

  /** 16, 24 or 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key)
    this.#cipher = `aes-${(key.length * 8) as 128 | 192 | 256}-gcm`
  }

  seal(plain: Uint8Array, { key }: Place, head: Uint8Array): Buffer {
    const sealed = takeBytes(head.length + nonceBytes + plain.length + tagBytes)
    sealed.set(head)
    const nonce = sealed.subarray(head.length, head.length + nonceBytes)
    fillRandom(nonce)
    const cipher = createCipheriv(this.#cipher, this.#key, nonce)
    cipher.setAAD(Buffer.from(key))
    const body = cipher.update(plain)
    sealed.set(body, head.length + nonceBytes)
    cipher.final()
    sealed.set(cipher.getAuthTag(), sealed.length - tagBytes)
    return sealed
  }

  open(stored: Uint8Array, { key }: Place): Opened {
    if (stored.length < nonceBytes) throw new Error(tooShort)
    if (stored.length < nonceBytes + tagBytes) throw new Error(notAuthentic)
    const decipher = createDecipheriv(this.#cipher, this.#key, stored.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(key))
    decipher.setAuthTag(stored.subarray(stored.length - tagBytes))
    const value = decipher.update(stored.subarray(nonceBytes, stored.length - tagBytes))
    try {
      decipher.final()
    } catch {
      throw new Error(notAuthentic)
    }
    return { value, stale: false }
  }
}

const notAuthentic = 'cipher: message authentication failed'
