import { beginsWith } from '../prefix-transformers.ts'
import type { Transformer } from '../transformer.ts'

const encrypted = Buffer.from('k8s:enc:')

/** Values as they are. What another provider wrote is not taken for a value. */
export const identity: Transformer = {
  // nothing stands in front of what nobody encrypts
  seal: plain => plain,
  open(stored) {
    if (beginsWith(stored, encrypted)) throw new Error('identity transformer tried to read encrypted data')
    return { value: stored, stale: false }
  },
}
