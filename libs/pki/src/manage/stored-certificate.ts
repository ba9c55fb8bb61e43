import { parseDocument } from 'yaml'
import type { KeyPair } from '../contract.ts'
import { kubeconfig } from '../kubeconfig.ts'
import { readIfThere, readPair, writePair, writeWhole } from '../pem-files.ts'
import type { CertificateDefinition } from '../plan/contract.ts'

/** The certificate with its key where it lies; undefined where nothing is. @throws Error for half of it, and for a file that is no kubeconfig. */
export async function readCertificate(definition: CertificateDefinition): Promise<KeyPair | undefined> {
  const { files, kubeconfig } = definition
  if (files !== undefined) {
    const pair = await readPair(files)
    if (pair !== undefined) return pair
    const half = (await readIfThere(`${files}.crt`)) === undefined ? '.key' : '.crt'
    if ((await readIfThere(files + half)) === undefined) return undefined
    throw new Error(
      `${files}${half} stands without ${files}${half === '.key' ? '.crt' : '.key'}: restore that, or remove both to have new ones made`,
    )
  }
  const path = kubeconfig?.path as string
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  const user = userOf(text, path)
  const [cert, key] = [user.get('client-certificate-data'), user.get('client-key-data')]
  if (typeof cert !== 'string' || typeof key !== 'string')
    throw new Error(`${path} has no client-certificate-data and client-key-data for its current user`)
  return { cert: decoded(cert), key: decoded(key) }
}

/** Puts a certificate to all its places. A kubeconfig file that stands keeps everything else that it says. */
export async function writeCertificate(definition: CertificateDefinition, pair: KeyPair, ca: string): Promise<void> {
  if (definition.files !== undefined) await writePair(definition.files, pair)
  if (definition.kubeconfig === undefined) return
  const { path, server, cluster } = definition.kubeconfig
  const present = await readIfThere(path)
  const name = definition.request.commonName
  const text =
    present === undefined
      ? kubeconfig({ server, ca, name: cluster, context: `${name}@${cluster}`, user: { name, ...pair } })
      : withCertificate(present, path, pair)
  await writeWhole(path, text, 0o600)
}

function withCertificate(text: string, path: string, pair: KeyPair): string {
  const user = userOf(text, path)
  for (const other of ['client-certificate', 'client-key']) user.delete(other)
  user.set('client-certificate-data', Buffer.from(pair.cert).toString('base64'))
  user.set('client-key-data', Buffer.from(pair.key).toString('base64'))
  return user.document.toString({ lineWidth: 0, indentSeq: false })
}

/** The user of the current context, to be read and changed in place. */
function userOf(text: string, path: string) {
  const document = parseDocument(text)
  const config = document.errors.length > 0 ? undefined : (document.toJS() as Kubeconfig | null)
  const context = config?.contexts?.find(one => one.name === config['current-context'])?.context
  const index = config?.users?.findIndex(one => one.name === context?.user) ?? -1
  if (index === -1) throw new Error(`${path} is no kubeconfig file with a current context and its user`)
  const at = (key: string) => ['users', index, 'user', key]
  return {
    document,
    get: (key: string) => document.getIn(at(key)),
    set: (key: string, value: string) => document.setIn(at(key), value),
    delete: (key: string) => document.deleteIn(at(key)),
  }
}

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name: string; context?: { user?: string } }[]
  users?: { name: string }[]
}

const decoded = (text: string) => Buffer.from(text, 'base64').toString()
