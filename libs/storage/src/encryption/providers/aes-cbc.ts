import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { fillRandom } from '../random.ts'
import { takeBytes } from '../sealed-bytes.ts'
import type { Opened, Place, Transformer } from '../transformer.ts'
import { tooShort } from './aes-gcm.ts'

const blockBytes = 16

/** A random block, then the ciphertext padded by PKCS #7. Not authenticated: a changed value may be read as another. */
export class AesCbc implements Transformer {
  readonly #key: KeyObject
  readonly #cipher: string

  /** 16, 24 or 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key)
    this.#cipher = `aes-${key.length * 8}-cbc`
  }

  seal(plain: Uint8Array, _place: Place, head: Uint8Array): Uint8Array {
    const padding = blockBytes - (plain.length % blockBytes)
    const sealed = takeBytes(head.length + blockBytes + plain.length + padding)
    sealed.set(head)
    const start = head.length + blockBytes
    const vector = sealed.subarray(head.length, start)
    fillRandom(vector)
    const cipher = createCipheriv(this.#cipher, this.#key, vector)
    const body = cipher.update(plain)
    sealed.set(body, start)
    sealed.set(cipher.final(), start + body.length)
    return sealed
  }

  open(stored: Uint8Array): Opened {
    if (stored.length < blockBytes) throw new Error(tooShort)
    const body = stored.subarray(blockBytes)
    if (body.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size')
    const decipher = createDecipheriv(this.#cipher, this.#key, stored.subarray(0, blockBytes))
    // checked below, in upstream's words
    decipher.setAutoPadding(false)
    const value = decipher.update(body)
    decipher.final()
    const padding = value.at(-1) ?? 0
    if (padding === 0 || padding > value.length) throw new Error('invalid PKCS7 data (empty or not padded)')
    const length = value.length - padding
    for (let i = length; i < value.length; i++) if (value[i] !== padding) throw new Error('invalid padding on input')
    return { value: value.subarray(0, length), stale: false }
  }
}
