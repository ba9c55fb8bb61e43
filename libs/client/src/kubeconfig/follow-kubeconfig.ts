import { dirname, isAbsolute, join } from 'node:path'
import type { CertificateFiles, Followed } from '@kubets/component'
import { pairFault } from '@kubets/pki'
import type { ClientConfig } from '../contract.ts'
import { type KubeconfigChoice, loadKubeconfig, referencedFiles } from './load-kubeconfig.ts'

export interface FollowKubeconfigOptions extends KubeconfigChoice {
  readonly file: string
  readonly files: CertificateFiles
  /** In the figures of certificates. Default `client`. */
  readonly name?: string
  /** What the command line says over it. */
  readonly override?: Partial<ClientConfig>
}

/** A kubeconfig that is read again when it changes, or one of the certificates and keys that it names does. Throws KubeconfigError. */
export async function followKubeconfig(options: FollowKubeconfigOptions): Promise<Followed<ClientConfig>> {
  const { file, files, override, name = 'client', ...choice } = options
  const load = async () => {
    const config = { ...(await loadKubeconfig({ file }, choice)), ...override }
    const { cert, key } = config
    const fault = cert === undefined || key === undefined ? undefined : pairFault({ cert, key })
    if (fault !== undefined) throw new Error(`${file}: ${fault}`)
    return config
  }
  // in its own words, before it is followed
  await loadKubeconfig({ file }, choice)
  const named = (await referencedFiles(file)).map(path => (isAbsolute(path) ? path : join(dirname(file), path)))
  const all = [...new Set([file, ...named])].map(path => ({ flag: 'kubeconfig', path }))
  return files.follow(name, all, load, ({ cert }) => cert)
}
