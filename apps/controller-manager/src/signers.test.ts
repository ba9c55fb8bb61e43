import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority } from '@kubets/pki'
import { expect, test } from 'vitest'
import { signersFrom } from './signers.ts'

type Flags = Parameters<typeof signersFrom>[0]
const flags = (given: Record<string, string>) => given as unknown as Flags

test('one authority is for all signers, or each has its own, and a pair must fit', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-signers-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true }))
  const [one, other] = await Promise.all([createCertificateAuthority('a'), createCertificateAuthority('b')])
  const [cert, key, wrong] = ['ca.crt', 'ca.key', 'b.key'].map(name => join(directory, name)) as [
    string,
    string,
    string,
  ]
  await Promise.all([writeFile(cert, one.cert), writeFile(key, one.key), writeFile(wrong, other.key)])
  const all = { 'cluster-signing-cert-file': cert, 'cluster-signing-key-file': key }
  const own = (file: string) => ({
    'cluster-signing-kubelet-client-cert-file': cert,
    'cluster-signing-kubelet-client-key-file': file,
  })
  expect(await signersFrom(flags({}))).toEqual({})
  expect(Object.keys(await signersFrom(flags(all)))).toHaveLength(4)
  expect(await signersFrom(flags(own(key)))).toEqual({ 'kubernetes.io/kube-apiserver-client-kubelet': { cert, key } })
  await expect(signersFrom(flags({ ...all, ...own(key) }))).rejects.toThrow(
    'cannot specify default and per controller certs at the same time',
  )
  await expect(signersFrom(flags(own(wrong)))).rejects.toThrow('private key does not match public key')
})
