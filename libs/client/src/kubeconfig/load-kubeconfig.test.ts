import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KubeconfigError, loadKubeconfig } from './load-kubeconfig.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
const base64 = (text: string) => Buffer.from(text).toString('base64')

const yaml = (user: string, cluster = '') => `
apiVersion: v1
kind: Config
current-context: c
contexts:
- name: c
  context: {cluster: k, user: u}
clusters:
- name: k
  cluster:
    server: https://127.0.0.1:6443/
${cluster}
users:
- name: u
  user:
${user}
`

test('data members, trailing slash and server name are read from YAML', async () => {
  const text = yaml(
    `    client-certificate-data: ${base64(PEM)}\n    client-key-data: ${base64(PEM)}`,
    `    certificate-authority-data: ${base64(PEM)}\n    tls-server-name: kubernetes`,
  )
  expect(await loadKubeconfig({ text }, { userAgent: 'me' })).toEqual({
    server: 'https://127.0.0.1:6443',
    ca: PEM,
    cert: PEM,
    key: PEM,
    tlsServerName: 'kubernetes',
    userAgent: 'me',
  })
})

test('files are found beside the kubeconfig; a token file wins over a token', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-client-'))
  try {
    await writeFile(join(folder, 'ca.crt'), PEM)
    const file = join(folder, 'kubeconfig')
    await writeFile(file, yaml('    token: a\n    tokenFile: t', '    certificate-authority: ca.crt'))
    expect(await loadKubeconfig({ file })).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: PEM,
      tokenFile: join(folder, 't'),
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('what cannot be used is named', () => {
  const cases: [string, string, string][] = [
    ['no YAML', 'a: [', 'kubeconfig: is not valid YAML'],
    ['no mapping', 'hello', 'kubeconfig: is not a kubeconfig'],
    ['no context', 'kind: Config', 'no current-context is set'],
    ['wrong context', 'current-context: x', 'context "x" does not exist'],
    ['exec', yaml('    exec: {command: aws}'), 'user "u" uses exec'],
    ['half a key pair', yaml(`    client-key-data: ${base64(PEM)}`), 'has a client-key only'],
    [
      'no PEM',
      yaml('    token: x', '    certificate-authority-data: aGFsbG8='),
      'certificate-authority-data holds no PEM',
    ],
    ['missing file', yaml('    client-certificate: /nowhere/a.crt'), 'client-certificate: ENOENT'],
  ]
  test.each(cases)('%s', async (_, text, message) => {
    const error = await loadKubeconfig({ text }).catch(e => e)
    expect(error).toBeInstanceOf(KubeconfigError)
    expect(error.message).toContain(message)
  })

  test('a file that does not exist', async () => {
    await expect(loadKubeconfig({ file: '/nowhere/kubeconfig' })).rejects.toThrow('/nowhere/kubeconfig: ENOENT')
  })
})
