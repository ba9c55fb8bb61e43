import type { Secret } from '../../../../wire.ts'

/** Type Opaque; `stringData`, which is only written, goes into `data`. */
export function applyDefaults(secret: Secret): void {
  secret.type ||= 'Opaque'
  const { stringData } = secret
  if (stringData === undefined) return
  const data: [string, string][] = Object.entries(secret.data ?? {})
  const texts = Object.entries(stringData).map(([key, text]): [string, string] => [
    key,
    Buffer.from(text).toString('base64'),
  ])
  // fromEntries defines own properties: a key named __proto__ survives.
  secret.data = Object.fromEntries([...data, ...texts])
  delete secret.stringData
}
