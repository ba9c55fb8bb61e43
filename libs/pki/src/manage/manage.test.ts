import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubeadmPlan, type PkiPlan } from '../index.ts'
import { expirations } from './expiration.ts'
import { type InitOptions, type InitStep, initPki } from './init.ts'
import { issueOne } from './issue.ts'
import { renewCertificate } from './renew.ts'

const options: InitOptions = { keyAlgorithm: 'ECDSA-P256', days: 365, authorityDays: 3650 }

const planIn = (root: string): PkiPlan =>
  kubeadmPlan({
    certificates: join(root, 'pki'),
    kubeconfigs: root,
    nodeName: 'cp-1',
    advertiseAddress: '10.0.0.5',
    port: 6443,
    serviceAddress: '10.96.0.1',
    dnsDomain: 'cluster.local',
    controlPlaneEndpoint: 'api.example.com:443',
    apiServerNames: ['10.0.0.9', 'other.example.com'],
    etcdNames: [],
    clusterName: 'kubernetes',
  })

let folder: string
let whole: string
let root: string
let pki: (name: string) => string
let n = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-manage-'))
  whole = join(folder, 'whole')
  await initPki(planIn(whole), options)
})
afterAll(() => rm(folder, { recursive: true, force: true }))
// every test has its own copy of a whole PKI
beforeEach(async () => {
  root = join(folder, `copy-${++n}`)
  await cp(whole, root, { recursive: true })
  pki = name => join(root, 'pki', name)
})

const certificate = async (path: string) => new X509Certificate(await readFile(path))
const named = (plan: PkiPlan, name: string) => plan.certificates.find(one => one.name === name) ?? expect.fail(name)
const openssl = async (...args: string[]) => (await promisify(execFile)('openssl', args)).stdout
const steps = async (plan: PkiPlan) => {
  const seen: InitStep[] = []
  await initPki(plan, options, step => seen.push(step))
  return seen
}

describe("what init makes is kubeadm's", () => {
  test('subjects, groups and names', async () => {
    const expected: [string, string, string | undefined][] = [
      [
        'apiserver',
        'CN=kube-apiserver',
        'DNS:api.example.com, DNS:cp-1, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local, DNS:other.example.com, IP Address:10.96.0.1, IP Address:10.0.0.5, IP Address:10.0.0.9',
      ],
      ['apiserver-kubelet-client', 'CN=kube-apiserver-kubelet-client\nO=kubeadm:cluster-admins', undefined],
      ['apiserver-etcd-client', 'CN=kube-apiserver-etcd-client', undefined],
      ['front-proxy-client', 'CN=front-proxy-client', undefined],
      [
        'etcd/server',
        'CN=cp-1',
        'DNS:cp-1, DNS:localhost, IP Address:10.0.0.5, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      ],
      [
        'etcd/peer',
        'CN=cp-1',
        'DNS:cp-1, DNS:localhost, IP Address:10.0.0.5, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      ],
      ['etcd/healthcheck-client', 'CN=kube-etcd-healthcheck-client', undefined],
      ['ca', 'CN=kubernetes', 'DNS:kubernetes'],
      ['etcd/ca', 'CN=etcd-ca', 'DNS:etcd-ca'],
      ['front-proxy-ca', 'CN=front-proxy-ca', 'DNS:front-proxy-ca'],
    ]
    for (const [name, subject, names] of expected) {
      const cert = await certificate(pki(`${name}.crt`))
      expect([name, cert.subject, cert.subjectAltName]).toEqual([name, subject, names])
    }
  })

  test('kubeconfig files: who, with which group, and where the api-server is', async () => {
    const expected = [
      ['admin.conf', 'CN=kubernetes-admin\nO=kubeadm:cluster-admins', 'https://api.example.com:443'],
      ['super-admin.conf', 'CN=kubernetes-super-admin\nO=system:masters', 'https://api.example.com:443'],
      ['kubelet.conf', 'CN=system:node:cp-1\nO=system:nodes', 'https://api.example.com:443'],
      ['controller-manager.conf', 'CN=system:kube-controller-manager', 'https://10.0.0.5:6443'],
      ['scheduler.conf', 'CN=system:kube-scheduler', 'https://10.0.0.5:6443'],
      ['kube-proxy.conf', 'CN=system:kube-proxy', 'https://api.example.com:443'],
    ]
    for (const [name = '', subject = '', server] of expected) {
      const config = parse(await readFile(join(root, name), 'utf8'))
      const { user } = config.users[0]
      const cert = new X509Certificate(Buffer.from(user['client-certificate-data'], 'base64'))
      const key = createPrivateKey(Buffer.from(user['client-key-data'], 'base64').toString())
      expect([name, cert.subject, config.clusters[0].cluster.server]).toEqual([name, subject, server])
      expect(cert.checkPrivateKey(key)).toBe(true)
      expect(config['current-context']).toBe(`${config.users[0].name}@kubernetes`)
      expect((await stat(join(root, name))).mode & 0o777).toBe(0o600)
    }
  })

  test('openssl finds every certificate good for its purpose, and of its authority only', async () => {
    const purposes: [string, string[], string[]][] = [
      ['ca', ['apiserver'], ['apiserver-kubelet-client']],
      [
        'etcd/ca',
        ['etcd/server', 'etcd/peer'],
        ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client'],
      ],
      ['front-proxy-ca', [], ['front-proxy-client']],
    ]
    const verify = (ca: string, purpose: string, names: string[]) =>
      openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        pki(`${ca}.crt`),
        ...names.map(one => pki(`${one}.crt`)),
      )
    for (const [ca, servers, clients] of purposes) {
      if (servers.length > 0)
        expect((await verify(ca, 'sslserver', servers)).match(/: OK/g)).toHaveLength(servers.length)
      expect((await verify(ca, 'sslclient', clients)).match(/: OK/g)).toHaveLength(clients.length)
    }
    await expect(verify('ca', 'sslserver', ['apiserver-kubelet-client'])).rejects.toThrow(/unsuitable|unsupported/)
    await expect(verify('etcd/ca', 'sslserver', ['apiserver'])).rejects.toThrow('unable to get local issuer')
  })

  test('keys are for their owner only, certificates for everybody', async () => {
    const names = (await readdir(join(root, 'pki'), { recursive: true })).filter(name => /\.(crt|key|pub)$/.test(name))
    expect(names).toHaveLength(22)
    for (const name of names)
      expect([name, (await stat(pki(name))).mode & 0o777]).toEqual([name, name.endsWith('.key') ? 0o600 : 0o644])
  })
})

describe('what stands', () => {
  test('is kept, and only what is missing is made', async () => {
    const before = await readFile(pki('apiserver.crt'), 'utf8')
    await rm(pki('etcd/peer.crt'))
    await rm(pki('etcd/peer.key'))
    const seen = await steps(planIn(root))
    const made = seen.flatMap(step =>
      step.kind === 'certificate' && step.how === 'made' ? [step.certificate.name] : [],
    )
    expect(made).toEqual(['etcd-peer'])
    expect(await readFile(pki('apiserver.crt'), 'utf8')).toBe(before)
  })

  const wrong: [string, (root: string) => Promise<unknown>, RegExp][] = [
    [
      'a certificate without its key',
      () => rm(pki('apiserver.key')),
      /apiserver\.crt stands without .*apiserver\.key: restore/,
    ],
    [
      'a key of another certificate',
      () => cp(pki('front-proxy-client.key'), pki('apiserver.key')),
      /private key does not match public key/,
    ],
    [
      'a certificate of another authority',
      async () => {
        await cp(pki('front-proxy-client.crt'), pki('apiserver-kubelet-client.crt'))
        await cp(pki('front-proxy-client.key'), pki('apiserver-kubelet-client.key'))
      },
      /apiserver-kubelet-client\.crt exists but will not do: it is of another authority; 'kubets pki issue apiserver-kubelet-client --overwrite'/,
    ],
    ['half an authority', () => rm(pki('ca.crt')), /ca\.key stands without .*ca\.crt/],
    ['a damaged authority', () => writeFile(pki('ca.crt'), 'nothing'), /ca\.crt.*the certificate cannot be read/],
    [
      'an authority that is none',
      () => cp(pki('apiserver.crt'), pki('ca.crt')).then(() => rm(pki('ca.key'))),
      /is not a CA/,
    ],
    ['half of the service account keys', () => rm(pki('sa.pub')), /sa\.key stands without/],
  ]
  test.each(wrong)('%s is told and left as it is', async (_name, spoil, message) => {
    await spoil(root)
    const before = (await readdir(join(root, 'pki'), { recursive: true })).sort()
    await expect(initPki(planIn(root), options)).rejects.toThrow(message)
    expect((await readdir(join(root, 'pki'), { recursive: true })).sort()).toEqual(before)
  })

  test('names that are missing in it are told', async () => {
    const plan = kubeadmPlan({
      ...{
        certificates: join(root, 'pki'),
        kubeconfigs: root,
        nodeName: 'cp-1',
        advertiseAddress: '10.0.0.6',
        port: 6443,
      },
      ...{
        serviceAddress: '10.96.0.1',
        dnsDomain: 'cluster.local',
        apiServerNames: [],
        etcdNames: [],
        clusterName: 'k',
      },
    })
    await expect(initPki(plan, options)).rejects.toThrow(
      /apiserver\.crt exists but will not do: it is not for 10\.0\.0\.6/,
    )
  })

  test('one certificate is not written over unless that is asked for', async () => {
    const plan = planIn(root)
    const apiserver = named(plan, 'apiserver')
    await expect(issueOne(plan, apiserver, { ...options, overwrite: false })).rejects.toThrow(
      /apiserver\.crt exists: --overwrite makes a new one, 'kubets pki renew apiserver' renews it/,
    )
    const before = await readFile(pki('apiserver.crt'), 'utf8')
    await issueOne(plan, apiserver, { ...options, overwrite: true })
    expect(await readFile(pki('apiserver.crt'), 'utf8')).not.toBe(before)
  })
})

describe('an external authority', () => {
  test('is used for what it has signed; what is missing is told', async () => {
    await rm(pki('ca.key'))
    expect(await steps(planIn(root))).toContainEqual({
      kind: 'authority',
      authority: expect.objectContaining({ name: 'ca' }),
      how: 'external',
    })
    await rm(pki('apiserver.crt'))
    await rm(pki('apiserver.key'))
    await expect(initPki(planIn(root), options)).rejects.toThrow(
      /apiserver\.crt is missing, and .*ca\.key to issue it is not there: have the external authority ca issue it/,
    )
  })

  test('renews nothing, and is shown as such', async () => {
    await rm(pki('ca.key'))
    const plan = planIn(root)
    expect(await renewCertificate(plan, named(plan, 'apiserver'), { days: 1 })).toBe('external')
    expect(await renewCertificate(plan, named(plan, 'etcd-server'), { days: 1 })).toBe('renewed')
    const { certificates, certificateAuthorities } = await expirations(plan, Date.now())
    expect(certificates.find(one => one.name === 'admin.conf')?.externallyManaged).toBe(true)
    expect(certificates.find(one => one.name === 'etcd-peer')?.externallyManaged).toBe(false)
    expect(certificateAuthorities.find(one => one.name === 'ca')?.externallyManaged).toBe(true)
  })

  test('made by openssl with an RSA key signs what init makes', async () => {
    for (const name of ['ca', 'apiserver', 'apiserver-kubelet-client'])
      for (const end of ['crt', 'key']) await rm(pki(`${name}.${end}`))
    for (const { kubeconfig } of planIn(root).certificates) if (kubeconfig) await rm(kubeconfig.path)
    await openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/O=Example/CN=Example Root'],
      ...['-addext', 'keyUsage=critical,keyCertSign'],
      ...['-keyout', pki('ca.key'), '-out', pki('ca.crt')],
    )
    await initPki(planIn(root), options)
    expect(await openssl('verify', '-x509_strict', '-CAfile', pki('ca.crt'), pki('apiserver.crt'))).toContain(': OK')
    expect((await certificate(pki('apiserver.crt'))).issuer).toBe('O=Example\nCN=Example Root')
  })
})

describe('renew', () => {
  test('gives a new key and life to the same subject and names, also those that the flags do not say', async () => {
    const before = await certificate(pki('apiserver.crt'))
    const key = await readFile(pki('apiserver.key'), 'utf8')
    const plan = kubeadmPlan({
      ...{
        certificates: join(root, 'pki'),
        kubeconfigs: root,
        nodeName: 'else',
        advertiseAddress: '10.9.9.9',
        port: 1,
      },
      ...{ serviceAddress: '10.96.0.1', dnsDomain: 'x', apiServerNames: [], etcdNames: [], clusterName: 'k' },
    })
    expect(await renewCertificate(plan, named(plan, 'apiserver'), { days: 700 })).toBe('renewed')
    const after = await certificate(pki('apiserver.crt'))
    expect([after.subject, after.subjectAltName, after.keyUsage]).toEqual([
      before.subject,
      before.subjectAltName,
      before.keyUsage,
    ])
    expect(after.validToDate.getTime() - before.validToDate.getTime()).toBeGreaterThan(300 * 86_400_000)
    expect(await readFile(pki('apiserver.key'), 'utf8')).not.toBe(key)
    expect((await stat(pki('apiserver.key'))).mode & 0o777).toBe(0o600)
  })

  test('leaves everything else in a kubeconfig file as it is', async () => {
    const path = join(root, 'admin.conf')
    const text = (await readFile(path, 'utf8')).replace('clusters:', '# mine\nclusters:')
    await writeFile(path, text)
    const plan = planIn(root)
    expect(await renewCertificate(plan, named(plan, 'admin.conf'), { days: 1 })).toBe('renewed')
    const renewed = await readFile(path, 'utf8')
    const without = (yaml: string) => yaml.replace(/(client-(certificate|key)-data: ).*/g, '$1')
    expect(renewed).not.toBe(text)
    expect(without(renewed)).toBe(without(text))
  })

  test('keeps the kind of key, or takes the one that is asked for', async () => {
    const plan = planIn(root)
    const kind = async () => createPrivateKey(await readFile(pki('apiserver.key'))).asymmetricKeyDetails
    await renewCertificate(plan, named(plan, 'apiserver'), { days: 1, keyAlgorithm: 'ECDSA-P384' })
    expect((await kind())?.namedCurve).toBe('secp384r1')
    await renewCertificate(plan, named(plan, 'apiserver'), { days: 1 })
    expect((await kind())?.namedCurve).toBe('secp384r1')
  })
})

test('expirations tell what is missing and what has ended', async () => {
  await rm(join(root, 'super-admin.conf'))
  const later = Date.now() + 366 * 86_400_000
  const { certificates } = await expirations(planIn(root), later)
  expect(certificates.find(one => one.name === 'super-admin.conf')).toMatchObject({
    missing: true,
    expirationDate: null,
  })
  expect(certificates.find(one => one.name === 'apiserver')?.residualTime).toBeLessThan(0)
  expect(certificates.map(one => one.name)).toEqual(certificates.map(one => one.name).sort())
})

test('keys may be RSA', async () => {
  const other = join(folder, 'rsa')
  await initPki(planIn(other), { ...options, keyAlgorithm: 'RSA-2048' })
  for (const name of ['ca', 'apiserver', 'sa']) {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(
      await readFile(join(other, 'pki', `${name}.key`)),
    )
    expect([asymmetricKeyType, asymmetricKeyDetails?.modulusLength]).toEqual(['rsa', 2048])
  }
  const ca = join(other, 'pki', 'ca.crt')
  expect(await openssl('verify', '-CAfile', ca, join(other, 'pki', 'apiserver.crt'))).toContain(': OK')
})
