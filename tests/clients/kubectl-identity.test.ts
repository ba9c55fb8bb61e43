import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ClientCluster, startClientCluster } from './client-cluster.ts'

// Who somebody is, what they may, and what vouches for them.

let cluster: ClientCluster
beforeAll(async () => {
  cluster = await startClientCluster(0)
})
afterAll(() => cluster?.[Symbol.asyncDispose]())
const kubectl = (line: string) => cluster.kubectl(...line.split(' '))
const attempt = async (line: string) => (await cluster.kubectl.attempt(line.split(' '))).stdout

test('says who one is, oneself, by a token, and on behalf of others', async () => {
  expect(await kubectl('auth whoami')).toMatch(
    /^Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]$/m,
  )
  const other = await kubectl('auth whoami --as=ann --as-group=team -o jsonpath={.status.userInfo}')
  expect(JSON.parse(other)).toMatchObject({ username: 'ann', groups: ['team', 'system:authenticated'] })
  await kubectl('create serviceaccount robot')
  const token = (await kubectl('create token robot --duration=10m')).trim()
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({
    sub: 'system:serviceaccount:default:robot',
    aud: ['https://kubernetes.default.svc.cluster.local'],
  })
  expect(claims.exp - claims.iat).toBe(600)
  const ca = join(cluster.directory, 'ca.pem')
  await writeFile(ca, cluster.cluster.credentials.ca)
  const asRobot = ['--kubeconfig=/dev/null', `--server=${cluster.cluster.url}`, `--certificate-authority=${ca}`]
  const who = await cluster.kubectl(
    ...asRobot,
    `--token=${token}`,
    'auth',
    'whoami',
    '-o',
    'jsonpath={.status.userInfo.username}',
  )
  expect(who).toBe('system:serviceaccount:default:robot')
  const nobody = await cluster.kubectl.attempt([...asRobot, '--token=wrong', 'get', 'pods'])
  expect(nobody.stderr).toContain('You must be logged in to the server')
  const bound = await cluster.kubectl.attempt(
    'create token robot --bound-object-kind=Pod --bound-object-name=none'.split(' '),
  )
  expect(bound.stderr).toBe('error: failed to create token: pods "none" not found\n')
})

test('says what one may', async () => {
  expect(await kubectl('auth can-i create pods')).toBe('yes\n')
  expect(await kubectl('auth can-i --list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m)
})

test('says what others may, and lists it', async () => {
  await kubectl('create role lister --verb=get,list --resource=pods,deployments.apps/scale')
  await kubectl('create rolebinding listers --role=lister --user=lou')
  await expect.poll(() => attempt('auth can-i list pods --as=lou')).toBe('yes\n')
  expect(await attempt('auth can-i delete pods --as=lou')).toBe('no\n')
  expect(await attempt('auth can-i list pods -n kube-system --as=lou')).toBe('no\n')
  expect(await attempt('auth can-i get /metrics --as=lou')).toBe('no\n')
  const lines = (await kubectl('auth can-i --list --as=lou')).split('\n').map(line => line.replace(/ {2,}/g, ' '))
  expect(lines).toEqual(
    expect.arrayContaining([
      'Resources Non-Resource URLs Resource Names Verbs',
      'selfsubjectreviews.authentication.k8s.io [] [] [create]',
      'selfsubjectaccessreviews.authorization.k8s.io [] [] [create]',
      'pods [] [] [get list]',
      'deployments.apps/scale [] [] [get list]',
      ' [/healthz] [] [get]',
    ]),
  )
  expect(lines.some(line => line.startsWith('*.*'))).toBe(false)
})

test('makes roles and brings them to what is wanted', async () => {
  await kubectl('create role reader --verb=get --resource=pods')
  await kubectl('create rolebinding readers --role=reader --user=ann')
  const wanted = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader', namespace: 'default' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
  }
  const { stdout } = await cluster.kubectl.attempt(['auth', 'reconcile', '-f', '-'], { input: JSON.stringify(wanted) })
  expect(stdout).toContain('role.rbac.authorization.k8s.io/reader reconciled')
  expect(await kubectl('get role reader -o jsonpath={.rules[*].verbs[*]}')).toBe('get list')
})

test('approves and denies requests of certificates', async () => {
  for (const name of ['good', 'bad']) {
    const request = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { request: signingRequest(name), signerName: 'example.com/signer', usages: ['client auth'] },
    }
    await cluster.kubectl.attempt(['create', '-f', '-'], { input: JSON.stringify(request) })
  }
  expect(await kubectl('get csr --no-headers')).toMatch(
    /^bad +\S+ +example.com\/signer +kubernetes-admin +<none> +Pending$/m,
  )
  expect(await kubectl('certificate approve good')).toBe(
    'certificatesigningrequest.certificates.k8s.io/good approved\n',
  )
  expect(await kubectl('certificate deny bad')).toBe('certificatesigningrequest.certificates.k8s.io/bad denied\n')
  const shown = await kubectl('get csr --no-headers')
  expect(shown).toMatch(/^good .* Approved$/m)
  expect(shown).toMatch(/^bad .* Denied$/m)
  const twice = await cluster.kubectl.attempt(['certificate', 'approve', 'bad'])
  expect(twice.code).toBe(1)
})

/** What somebody asks to be certified, in base64. */
function signingRequest(user: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null']
  return execFileSync('openssl', ['req', '-new', ...key, '-subj', `/CN=${user}`], { stdio: 'pipe' }).toString('base64')
}
