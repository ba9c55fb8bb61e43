import { readFile } from 'node:fs/promises'
import { type FlagValues, UsageError } from '@kubets/component'
import { authorityEnd } from '@kubets/pki'
import type { SignerFiles, SignerName, Signers } from './configuration.ts'
import type { controllerManagerFlags } from './flags.ts'

type Flags = FlagValues<typeof controllerManagerFlags>

/** The authorities that the flags name, one for all signers or one for each. Throws {@link UsageError}. */
export async function signersFrom(flags: Flags): Promise<Signers> {
  const pairs: [SignerName, string | undefined, string | undefined][] = [
    [
      'kubernetes.io/kubelet-serving',
      flags['cluster-signing-kubelet-serving-cert-file'],
      flags['cluster-signing-kubelet-serving-key-file'],
    ],
    [
      'kubernetes.io/kube-apiserver-client-kubelet',
      flags['cluster-signing-kubelet-client-cert-file'],
      flags['cluster-signing-kubelet-client-key-file'],
    ],
    [
      'kubernetes.io/kube-apiserver-client',
      flags['cluster-signing-kube-apiserver-client-cert-file'],
      flags['cluster-signing-kube-apiserver-client-key-file'],
    ],
    [
      'kubernetes.io/legacy-unknown',
      flags['cluster-signing-legacy-unknown-cert-file'],
      flags['cluster-signing-legacy-unknown-key-file'],
    ],
  ]
  const own = pairs.filter(([, cert, key]) => cert || key)
  const [cert, key] = [flags['cluster-signing-cert-file'], flags['cluster-signing-key-file']]
  if (own.length > 0 && cert && key) {
    throw new UsageError('cannot specify default and per controller certs at the same time')
  }
  if (own.length === 0 && !(cert && key)) return {}
  const signers: { -readonly [name in SignerName]?: SignerFiles } = {}
  for (const [name, ownCert, ownKey] of own.length > 0 ? own : pairs) {
    const files = own.length > 0 ? { cert: ownCert ?? '', key: ownKey ?? '' } : { cert: cert ?? '', key: key ?? '' }
    try {
      authorityEnd({ cert: await readFile(files.cert, 'utf8'), key: await readFile(files.key, 'utf8') })
    } catch (cause) {
      throw new UsageError(`failed to init ${name} certificate controller: ${(cause as Error).message}`)
    }
    signers[name] = files
  }
  return signers
}
