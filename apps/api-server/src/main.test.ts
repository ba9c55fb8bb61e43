import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testCertificates } from './testing/api-server.ts'
import { http2Client } from './testing/http-client.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const processes = new Set<ChildProcess>()
let directory: string
let certificates: Awaited<ReturnType<typeof testCertificates>>

beforeAll(async () => {
  certificates = await testCertificates()
  directory = await mkdtemp(join(tmpdir(), 'kubets-api-server-main-'))
  await Promise.all([
    writeFile(join(directory, 'ca.crt'), certificates.authority.cert),
    writeFile(join(directory, 'tls.crt'), certificates.serving.cert),
    writeFile(join(directory, 'tls.key'), certificates.serving.key),
  ])
})
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

const files = () => [
  `--tls-cert-file=${join(directory, 'tls.crt')}`,
  `--tls-private-key-file=${join(directory, 'tls.key')}`,
  `--client-ca-file=${join(directory, 'ca.crt')}`,
  '--bind-address=127.0.0.1',
]

function start(...args: string[]): ChildProcess & { output: string } {
  const child = Object.assign(spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }), {
    output: '',
  })
  child.stdout.on('data', chunk => (child.output += String(chunk)))
  child.stderr.on('data', chunk => (child.output += String(chunk)))
  processes.add(child)
  child.once('exit', () => processes.delete(child))
  return child
}

/** Its port, as soon as it says so; fails when it ends instead. How long that takes is the machine's affair. */
function serving(child: ChildProcess & { output: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const look = () => {
      // a line may come in pieces
      const line = child.output
        .split('\n')
        .slice(0, -1)
        .find(one => one.includes('Serving securely'))
      if (line !== undefined) resolve(Number(/"port":(\d+)/.exec(line)?.[1]))
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('close', () => reject(new Error(`it ended before it served:\n${child.output}`)))
    look()
  })
}

/** Processes that start on a busy machine. */
const patience = { timeout: 120_000 }

async function exit(child: ChildProcess): Promise<number | null> {
  // its output may come after its exit: the streams' end counts
  const exited = child.exitCode !== null || child.signalCode !== null
  if (!exited || !child.stdout?.closed || !child.stderr?.closed) await once(child, 'close')
  return child.exitCode
}

describe('the api-server as a process', () => {
  it('serves, survives SIGKILL with all that it acknowledged, and ends with 0 on SIGTERM', patience, async () => {
    const store = join(directory, 'store')
    const first = start(...files(), '--secure-port=0', `--data-dir=${store}`)
    const port = await serving(first)
    {
      await using client = await http2Client({ port, ca: certificates.authority.cert, ...certificates.admin })
      const made = await client.request('POST', '/api/v1/namespaces/default/configmaps', {
        body: { metadata: { name: 'kept' } },
      })
      expect(made.status).toBe(201)
      first.kill('SIGKILL')
      await exit(first)
    }
    const second = start(...files(), '--secure-port=0', `--data-dir=${store}`)
    const again = await serving(second)
    await using client = await http2Client({ port: again, ca: certificates.authority.cert, ...certificates.admin })
    expect((await client.request('GET', '/api/v1/namespaces/default/configmaps/kept')).status).toBe(200)
    // it listens elsewhere now: the endpoints of the kubernetes Service follow
    const endpointsPort = async () =>
      (await client.request('GET', '/api/v1/namespaces/default/endpoints/kubernetes')).json.subsets[0].ports[0].port
    await expect.poll(endpointsPort, patience).toBe(again)
    second.kill('SIGTERM')
    expect(await exit(second)).toBe(0)
  })

  it.each([
    [['--secure-prt=1'], 2, 'unknown flag: --secure-prt (did you mean --secure-port?)'],
    [['--secure-port=0', '--tls-private-key-file=/nowhere'], 2, '--tls-cert-file must be set'],
    [['--insecure-port=8080'], 2, 'only zero is allowed for --insecure-port'],
    [['--egress-selector-config-file=x'], 2, '--egress-selector-config-file (upstream has it; kubets does not'],
    [['--tls-min-version=TLS1.2'], 2, 'unknown tls version "TLS1.2"'],
    [['--tls-cipher-suites=TLS_NONE'], 2, "Cipher suite TLS_NONE not supported or doesn't exist"],
    [['--requestheader-username-headers=X-Remote-User, '], 2, 'empty value in "requestheader-username-headers"'],
    [['--requestheader-uid-headers=X-Uid'], 2, 'without specifying the standard X-Remote-Uid header'],
    [['--storage-backend=mysql'], 2, 'must be one of embedded, etcd3'],
  ])('says what is wrong with %j', patience, async (args, code, message) => {
    // what a flag before lacks is not this test's
    const child = start(...(args.some(arg => arg.includes('private-key')) ? [] : files()), ...args)
    expect(await exit(child)).toBe(code)
    expect(child.output).toContain(message)
  })

  it.each([
    [
      ['--encryption-provider-config-automatic-reload'],
      2,
      '--encryption-provider-config-automatic-reload must be set with --encryption-provider-config',
    ],
    [
      ['--experimental-encryption-provider-config=/nowhere/encryption.yaml'],
      1,
      'error while parsing file: error while loading file: error reading encryption provider configuration file \\"/nowhere/encryption.yaml\\"',
    ],
  ])('says what is wrong with %j', patience, async (args, code, message) => {
    const child = start(...files(), '--secure-port=0', `--data-dir=${join(directory, 'refused')}`, ...args)
    expect(await exit(child)).toBe(code)
    expect(child.output).toContain(message)
    if (args[0]?.startsWith('--experimental'))
      expect(child.output).toContain('Flag --experimental-encryption-provider-config has been deprecated')
  })

  it('says which file it cannot read, and which port is taken', patience, async () => {
    const missing = start('--tls-cert-file=/nowhere/tls.crt', ...files().slice(1), '--data-dir=/nowhere')
    expect(await exit(missing)).toBe(1)
    expect(missing.output).toContain('--tls-cert-file: cannot read /nowhere/tls.crt')
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as { port: number }
    const refused = start(...files(), `--secure-port=${port}`, `--data-dir=${join(directory, 'other')}`)
    expect(await exit(refused)).toBe(1)
    expect(refused.output).toContain(`port ${port} on 127.0.0.1 is already in use`)
    squatter.close()
  })
})
