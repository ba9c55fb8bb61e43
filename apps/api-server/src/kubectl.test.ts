import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from './testing/api-server.ts'
import { type KubectlProgram, unpackKubectl } from './testing/kubectl.ts'

const run = promisify(execFile)
let api: TestApiServer
let program: KubectlProgram

beforeAll(async () => {
  api = await testApiServer()
  program = await unpackKubectl(api)
})
afterAll(() => api[Symbol.asyncDispose]())

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(program.binary, args, { env: program.env })
  return stdout
}

/** What it prints when it fails. */
async function failing(...args: string[]): Promise<string> {
  try {
    await run(program.binary, args, { env: program.env })
  } catch (error) {
    return (error as { stderr: string }).stderr
  }
  throw new Error(`kubectl ${args.join(' ')} did not fail`)
}

async function manifest(name: string, text: string): Promise<string> {
  const path = join(api.directory, name)
  await writeFile(path, text)
  return path
}

describe('the real kubectl', () => {
  it('sees what is served', async () => {
    expect(await kubectl('version')).toContain('Server Version: v1.36.0+kubets')
    expect(await kubectl('api-resources', '--no-headers')).toMatch(/^pods +po +v1 +true +Pod$/m)
    expect(await kubectl('get', 'namespaces', '--no-headers')).toMatch(/^default +Active +\d+s$/m)
  })

  it('creates, labels, patches, describes and deletes', async () => {
    expect(await kubectl('create', 'configmap', 'settings', '--from-literal=colour=blue')).toBe(
      'configmap/settings created\n',
    )
    expect(await kubectl('label', 'cm', 'settings', 'team=red')).toBe('configmap/settings labeled\n')
    expect(await kubectl('annotate', 'cm', 'settings', 'note=x')).toBe('configmap/settings annotated\n')
    expect(await kubectl('patch', 'cm', 'settings', '--type=merge', '-p', '{"data":{"size":"big"}}')).toBe(
      'configmap/settings patched\n',
    )
    const described = await kubectl('describe', 'cm', 'settings')
    expect(described).toMatch(/^Labels: +team=red$/m)
    expect(described).toContain('size:\n----\nbig\n')
    expect(await failing('create', 'configmap', 'settings')).toBe(
      'error: failed to create configmap: configmaps "settings" already exists\n',
    )
    expect(await kubectl('delete', 'cm', 'settings')).toContain('configmap "settings" deleted')
    expect(await failing('get', 'cm', 'settings')).toBe(
      'Error from server (NotFound): configmaps "settings" not found\n',
    )
  })

  it('creates with the commands that speak protobuf', async () => {
    // -v=8 prints what goes over the wire
    const { stdout, stderr } = await run(program.binary, ['create', 'namespace', 'typed', '-v=8'], { env: program.env })
    expect(stdout).toBe('namespace/typed created\n')
    expect(stderr).toMatch(/Content-Type: application\/vnd\.kubernetes\.protobuf/)
    const inTyped = (...args: string[]) => kubectl('-n', 'typed', ...args)
    expect(await inTyped('create', 'configmap', 'x', '--from-literal=a=b')).toBe('configmap/x created\n')
    expect(await inTyped('get', 'cm', 'x', '-o', 'jsonpath={.data}')).toBe('{"a":"b"}')
    expect(await inTyped('create', 'secret', 'generic', 'x', '--from-literal=a=\u00e4')).toBe('secret/x created\n')
    expect(await inTyped('get', 'secret', 'x', '-o', 'jsonpath={.type} {.data.a}')).toBe('Opaque w6Q=')
    expect(await inTyped('create', 'serviceaccount', 'x')).toBe('serviceaccount/x created\n')
    expect(await inTyped('create', 'service', 'clusterip', 'x', '--tcp=80:http')).toBe('service/x created\n')
    const ports = await inTyped(
      'get',
      'service',
      'x',
      '-o',
      'jsonpath={.spec.ports[0].port} {.spec.ports[0].targetPort}',
    )
    expect(ports).toBe('80 http')
    await inTyped('run', 'exposed', '--image=busybox:1.36', '--labels=app=exposed')
    expect(await inTyped('expose', 'pod', 'exposed', '--port=8080')).toBe('service/exposed exposed\n')
    expect(await inTyped('get', 'service', 'exposed', '-o', 'jsonpath={.spec.selector}')).toBe('{"app":"exposed"}')
    expect(await failing('-n', 'typed', 'create', 'serviceaccount', 'x')).toBe(
      'error: failed to create serviceaccount: serviceaccounts "x" already exists\n',
    )
    const dryRun = await inTyped('create', 'configmap', 'y', '--dry-run=server', '-o', 'name')
    expect(dryRun).toBe('configmap/y\n')
    for (const name of ['configmap/x', 'secret/x', 'serviceaccount/x', 'service/x', 'service/exposed', 'pod/exposed'])
      expect(await inTyped('delete', name)).toMatch(/ deleted/)
  })

  it('applies a manifest, and again, and a change of it', async () => {
    const text = (label: string) => `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: ${label}}}
spec:
  containers:
  - {name: c, image: "busybox:1.36", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: ${label}}, ports: [{port: 80}]}
`
    expect(await kubectl('apply', '-f', await manifest('a.yaml', text('web')))).toBe(
      'pod/web created\nservice/web created\n',
    )
    expect(await kubectl('apply', '-f', await manifest('a.yaml', text('web')))).toBe(
      'pod/web unchanged\nservice/web unchanged\n',
    )
    expect(await kubectl('apply', '-f', await manifest('a.yaml', text('other')))).toBe(
      'pod/web configured\nservice/web configured\n',
    )
    expect(await kubectl('diff', '-f', join(api.directory, 'a.yaml'))).toBe('')
    expect(await kubectl('get', 'pods', '-o', 'wide', '--no-headers')).toMatch(
      /^web +0\/1 +Pending +0 +\d+s +<none> +<none> +<none> +<none>$/m,
    )
    expect(await kubectl('describe', 'pod', 'web')).toMatch(/^Status: +Pending$/m)
    expect(await kubectl('delete', '-f', join(api.directory, 'a.yaml'))).toContain('pod "web" deleted')
  })

  it('applies on the server’s side, in conflict and by force', async () => {
    const text = (image: string) => `apiVersion: v1
kind: Pod
metadata: {name: served, labels: {app: served}}
spec:
  containers:
  - name: c
    image: "${image}"
    ports: [{containerPort: 80}]
`
    const file = await manifest('served.yaml', text('busybox:1.36'))
    expect(await kubectl('apply', '--server-side', '-f', file)).toBe('pod/served serverside-applied\n')
    expect(await kubectl('apply', '--server-side', '-f', file)).toBe('pod/served serverside-applied\n')
    const shown = await kubectl(
      'get',
      'pod',
      'served',
      '--show-managed-fields',
      '-o',
      'jsonpath={.metadata.managedFields}',
    )
    expect(JSON.parse(shown)).toMatchObject([
      {
        manager: 'kubectl',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:containerPort': {} } } },
            },
          },
        },
      },
    ])
    expect(await kubectl('get', 'pod', 'served', '-o', 'yaml')).not.toContain('managedFields')
    const other = await manifest('other.yaml', text('busybox:1.37'))
    const refused = await failing('apply', '--server-side', '--field-manager=other', '-f', other)
    expect(refused).toContain(
      'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.containers[name="c"].image',
    )
    expect(await kubectl('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', other)).toBe(
      'pod/served serverside-applied\n',
    )
    expect(await kubectl('get', 'pod', 'served', '-o', 'jsonpath={.spec.containers[0].image}')).toBe('busybox:1.37')
    await kubectl('delete', 'pod', 'served', '--now')
  })

  it('goes over from its own side to the server’s without a conflict', async () => {
    const text = (colour: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: over}\ndata: {colour: ${colour}, size: big}\n`
    await kubectl('apply', '-f', await manifest('over.yaml', text('red')))
    const file = await manifest('over.yaml', text('blue'))
    expect(await kubectl('apply', '--server-side', '-f', file)).toBe('configmap/over serverside-applied\n')
    expect(await kubectl('get', 'cm', 'over', '-o', 'jsonpath={.data.colour}')).toBe('blue')
    // and back again: what is left out goes
    const less = await manifest('less.yaml', text('blue').replace(', size: big', ''))
    expect(await kubectl('apply', '--server-side', '-f', less)).toBe('configmap/over serverside-applied\n')
    expect(await kubectl('get', 'cm', 'over', '-o', 'jsonpath={.data}')).toBe('{"colour":"blue"}')
    expect(await kubectl('apply', '-f', less)).toMatch(/^configmap\/over (configured|unchanged)\n$/)
    await kubectl('delete', 'cm', 'over')
  })

  it('is told of fields that nobody knows', async () => {
    const path = await manifest(
      'typo.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: typo}\nspec: {containers: [{name: c, imge: x}]}\n',
    )
    expect(await failing('apply', '-f', path)).toContain(
      'strict decoding error: unknown field "spec.containers[0].imge"',
    )
  })

  it('explains kinds', async () => {
    const text = await kubectl('explain', 'pod.spec.containers')
    expect(text).toMatch(/^KIND: +Pod$/m)
    expect(text).toMatch(/^FIELD: containers <\[\]Container>$/m)
    expect(text).toMatch(/^ {2}image\t<string>$/m)
  })

  it('watches', async () => {
    const watching = spawn(program.binary, ['get', 'cm', '--watch', '--no-headers', '-o', 'name'], { env: program.env })
    let seen = ''
    watching.stdout.on('data', chunk => {
      seen += String(chunk)
    })
    await kubectl('create', 'configmap', 'watched')
    await expect.poll(() => seen, { timeout: 10_000 }).toContain('configmap/watched\n')
    watching.kill()
    await once(watching, 'exit')
  })

  it('waits for a delete to be done', async () => {
    await kubectl('run', 'gone', '--image=busybox:1.36')
    expect(await kubectl('delete', 'pod', 'gone', '--wait')).toContain('pod "gone" deleted')
    expect(await kubectl('get', 'pods', '--ignore-not-found')).toBe('')
  })
})
