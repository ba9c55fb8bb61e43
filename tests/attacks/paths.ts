import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { treasure } from './objects.ts'
import { staticToken, type Victim } from './victim.ts'
import { codes, requestText, send } from './wire.ts'

const team = '/api/v1/namespaces/team'
const secret = 'kube-system/secrets/treasure'

/** Paths that mean one thing to who checks them and another to who follows them. */
const crooked: readonly string[] = [
  `${team}/pods/../../${secret}`,
  `${team}/pods/..%2f..%2f${secret}`,
  `${team}/pods/%2e%2e/%2e%2e/${secret}`,
  `${team}/pods/..%252f..%252f${secret}`,
  `${team}/pods/..\\..\\${secret}`,
  `${team}/pods/%c0%ae%c0%ae/${secret}`,
  `${team}%2f..%2f${secret}`,
  `${team}%2fsecrets%2f..%2f..%2f${secret}`,
  `/api/v1/namespaces/team%2f..%2fkube-system/secrets/treasure`,
  `/api/v1/namespaces/team/../${secret}`,
  `/api/v1/namespaces/./${secret}`,
  `/api/v1/namespaces//${secret}`,
  `//api//v1//namespaces//kube-system//secrets//treasure`,
  `/api/v1/namespaces/${secret}/`,
  `/api/v1/namespaces/${secret}%00`,
  `/api/v1/namespaces/${secret}%00.txt`,
  `/api/v1/namespaces/${secret}%0d%0aX-Remote-User:%20admin`,
  `/api/v1/namespaces/${secret};a=b`,
  `/api/v1/namespaces/${secret}?/../../../team/pods`,
  `/api/v1/namespaces/${secret}#/../../../team/pods`,
  `/API/V1/namespaces/${secret}`,
  `/api/v1/namespaces/team/pods/on-node-1/../../../${secret}`,
  `/api/v1/secrets/kube-system%2ftreasure`,
  `/api/v1/secrets/kube-system/treasure`,
  `/api/v1/watch/namespaces/${secret}`,
  `/api/v1/watch/secrets`,
  `/api/v1/proxy/namespaces/${secret}`,
  `http://victim/api/v1/namespaces/${secret}`,
  `https://kubernetes-admin@victim/api/v1/namespaces/${secret}`,
  `/version/../api/v1/namespaces/${secret}`,
  `/healthz/..%2f..%2fapi/v1/namespaces/${secret}`,
  `/healthz/../metrics`,
  `/healthz%2f..%2fmetrics`,
  `/openapi/../metrics`,
  `/logs/../../../../etc/passwd`,
  `/logs/..%2f..%2f..%2fetc%2fpasswd`,
  `/static/..%2f..%2f..%2fetc%2fpasswd`,
  `/openapi/v3/..%2f..%2f..%2f..%2fetc%2fpasswd`,
  `/.well-known/../metrics`,
  `${team}/pods/on-node-1/log?container=..%2f..%2f..%2fetc%2fpasswd`,
  `${team}/pods/..%2f..%2f..%2fetc%2fpasswd/log`,
  `${team}/pods/on-node-1/exec?command=sh&container=..%2fc`,
  `${team}/pods/on-node-1/portforward?ports=..%2f22`,
  `${team}/pods/on-node-1/proxy/..%2f..%2f..%2f${secret}`,
  `${team}/pods/http:on-node-1:80@127.0.0.1:10250/proxy/`,
  `${team}/services/https:kubernetes@169.254.169.254:443/proxy/latest/meta-data`,
  `/api/v1/nodes/node-1:10250/proxy/..%2f..%2fetc%2fpasswd`,
  `/api/v1/nodes/169.254.169.254/proxy/latest/meta-data`,
  `*`,
  ``,
  `api/v1/namespaces/${secret}`,
  `/%`,
  `/%zz`,
  `/${'a/'.repeat(400_000)}`,
]

/** Who may see pods of one namespace, and nothing else, asks along every crooked path. */
export function paths(victim: () => Victim): void {
  it.each(crooked.map((path, i) => [path.length > 100 ? `${path.slice(0, 60)}…` : path, path, i] as const))(
    '%s leads nowhere',
    async (_, path, i) => {
      const mark = path.includes('?') ? `&crooked=${i}` : `?crooked=${i}`
      const text = await send(
        victim(),
        requestText('GET', `${path}${path.includes('#') || path === '' ? '' : mark}`, [['Connection', 'close']]),
        victim().objects.viewer,
      )
      const [code] = codes(text)
      expect(code, text.slice(0, 300)).toBeGreaterThanOrEqual(400)
      expect(code, text.slice(0, 300)).toBeLessThan(500)
      for (const leaked of [treasure, Buffer.from(treasure).toString('base64'), 'root:x:', 'apiserver_request_total{'])
        expect(text).not.toContain(leaked)
      for (const { requestURI, user, responseStatus } of await victim().audit.events())
        if (requestURI.includes(`crooked=${i}`)) expect([user.username, responseStatus?.code]).toEqual(['viewer', code])
    },
  )

  it('names in a body are no paths either', async () => {
    const { mallory } = victim().objects
    for (const name of ['..', '.', 'a/b', 'a%2fb', '../../kube-system/x', 'a\0b', 'a\r\nb', `${'a'.repeat(5_000)}`]) {
      const body = JSON.stringify({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } })
      const head = [
        ['Connection', 'close'],
        ['Content-Type', 'application/json'],
        ['Content-Length', String(Buffer.byteLength(body))],
      ] as const
      const text = await send(victim(), requestText('POST', `${team}/pods?name=body`, head, body), mallory)
      expect(codes(text), JSON.stringify(name).slice(0, 30)).toEqual([422])
    }
    await victim().audit.tells({ user: 'mallory', verb: 'create', code: 422, path: `${team}/pods?name=body` })
  })
}

/** After all attacks: what the process and its log have said. */
export function silence(victim: () => Victim): void {
  it('no secret stands in the log, in the audit log, or in the list of processes', async () => {
    const { objects, signing, pid, output, audit } = victim()
    const told = `${output()}\n${await audit.text()}`
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
    const pemBody = (text: string) => text.split('\n')[1] ?? ''
    for (const [what, value] of [
      ['a static token', staticToken],
      ["a service account's token", objects.token.split('.')[2] ?? ''],
      ['a token for others', objects.tokenForOthers.split('.')[2] ?? ''],
      ['the signing key', pemBody(signing.key)],
      ['a private key', pemBody(objects.mallory.key)],
      ['a secret', treasure],
      ['a secret in base64', Buffer.from(treasure).toString('base64')],
    ] as const) {
      expect(value.length, what).toBeGreaterThan(10)
      expect(told.includes(value), `${what} in the logs`).toBe(false)
      expect(commandLine.includes(value), `${what} in the command line`).toBe(false)
      expect(environment.includes(value), `${what} in the environment`).toBe(false)
    }
  })

  it('files that it has written are its own', async () => {
    const { directory } = victim()
    for (const name of [
      'audit.log',
      'store',
      ...(await readdir(join(directory, 'store'))).map(file => join('store', file)),
    ])
      expect(((await stat(join(directory, name))).mode & 0o077).toString(8), name).toBe('0')
  })

  it('nothing went wrong that the process could not explain', () => {
    const unexplained = victim()
      .output()
      .split('\n')
      .filter(line => line.includes('"level":"error"') || line.includes('"level":"fatal"'))
    expect(unexplained).toEqual([])
  })
}
