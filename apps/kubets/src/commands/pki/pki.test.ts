import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = new URL('../../main.ts', import.meta.url).pathname
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-pki-command-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function pki(...args: string[]) {
  const all = [
    main,
    'pki',
    ...args,
    '--cert-dir',
    join(folder, 'pki'),
    '--node-name=cp-1',
    '--apiserver-advertise-address=10.0.0.5',
  ]
  return new Promise<{ code: number; stdout: string; stderr: string }>(resolve =>
    execFile(process.execPath, all, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  )
}

test('init, check, renew, issue, as people type them', async () => {
  const made = await pki('init', '--certificate-validity-period=2h')
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(made.stdout).toContain('[certs] Generating "ca" certificate and key\n')
  expect(made.stdout).toContain(
    '[certs] apiserver serving cert is signed for DNS names [cp-1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local] and IPs [10.96.0.1 10.0.0.5]\n',
  )
  expect(made.stdout).toContain(
    `--kubeconfig ${folder}/super-admin.conf create clusterrolebinding kubeadm:cluster-admins`,
  )

  const again = await pki('init')
  expect(again.stdout).toContain(`[certs] Using existing ca certificate authority ${folder}/pki/ca.crt\n`)
  expect(again.stdout).not.toContain('Generating')

  const checked = await pki('check')
  expect(checked).toMatchObject({ code: 0, stderr: '' })
  expect(checked.stdout).toMatch(
    /^CERTIFICATE +EXPIRES +RESIDUAL TIME +CERTIFICATE AUTHORITY +EXTERNALLY MANAGED\nadmin\.conf +\w{3} \d\d, \d{4} \d\d:\d\d UTC +11\dm +ca +no\n/,
  )
  expect(checked.stdout).toMatch(
    /\n\nCERTIFICATE AUTHORITY +EXPIRES +RESIDUAL TIME +EXTERNALLY MANAGED\nca +.* 9y +no\n/,
  )

  const soon = await pki('check', '--expires-within=3h', '-o', 'json')
  expect(soon.code).toBe(1)
  expect(soon.stderr).toContain('apiserver expires soon\n')
  expect(JSON.parse(soon.stdout)).toMatchObject({
    kind: 'CertificateExpirationInfo',
    apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
    certificates: expect.arrayContaining([expect.objectContaining({ name: 'etcd-server', caName: 'etcd-ca' })]),
  })

  const renewed = await pki('renew', 'all')
  expect(renewed).toMatchObject({ code: 0, stderr: '' })
  expect(renewed.stdout).toContain('certificate for serving the Kubernetes API renewed\n')
  expect((await pki('check', '--expires-within=3h')).code).toBe(0)

  const node = await pki('issue', 'node', 'worker-1', '--address=10.0.0.11')
  expect(node).toMatchObject({ code: 0, stderr: '' })
  expect(await readFile(join(folder, 'nodes/worker-1/pki/ca.crt'), 'utf8')).toBe(
    await readFile(join(folder, 'pki/ca.crt'), 'utf8'),
  )
  expect((await pki('issue', 'user', 'jane', '--group=dev')).stdout).toBe(`wrote ${folder}/jane.conf\n`)
}, 60_000)

test('what expired ends check with 1', async () => {
  expect(await pki('issue', 'apiserver', '--overwrite', '--certificate-validity-period=1ms')).toMatchObject({ code: 0 })
  const checked = await pki('check')
  expect(checked).toMatchObject({ code: 1, stderr: 'apiserver has expired\n' })
  expect(checked.stdout).toMatch(/\napiserver +.* UTC +(0s|<invalid>) +ca /)
})

test.each([
  [['issue', 'nothing'], 'Error: there is no certificate "nothing": one of apiserver, '],
  [['issue', 'node', 'w-2'], 'Error: kubets pki issue node needs --address'],
  [['renew'], "Error: kubets pki renew needs 'all' or names: apiserver, "],
  [['destroy'], 'Error: unknown command "destroy" for "kubets pki": one of init, issue, renew, check\n'],
  [
    ['init', '--apiserver-cert-extra-sans=a_b'],
    'Error: --apiserver-cert-extra-sans: "a_b" is neither an IP address nor a DNS name\n',
  ],
  [['init', '--service-cidr=10'], 'Error: --service-cidr "10" is no CIDR'],
  [['init', '--dir=x'], 'Error: --dir goes with check and renew'],
])('%j is a usage error that says what to do', async (args, message) => {
  const { code, stderr } = await pki(...args)
  expect(stderr.startsWith(message), stderr).toBe(true)
  expect(code).toBe(2)
})
