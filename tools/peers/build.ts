import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peersFolder } from './cache-folder.ts'
import { ownSources, writeModule } from './go-module.ts'
import { corednsVersion, etcdVersion, kubernetesVersion, type Program, type ProgramName, programs } from './programs.ts'

/** Where the binary is, built first where it is missing or of another version. Minutes for the big ones. */
export async function built(name: ProgramName, log: (line: string) => void): Promise<string> {
  const program: Program = programs.find(each => each.name === name) as Program
  const folder = peersFolder()
  const binary = join(folder, 'bin', name)
  const stamp = await stampOf(program)
  const [there, stamped] = await Promise.all([
    stat(binary).then(
      () => true,
      () => false,
    ),
    readFile(`${binary}.version`, 'utf8').catch(() => ''),
  ])
  if (there && stamped === stamp) return binary
  log(`building ${name}: ${program.about}`)
  const source = join(folder, 'src', program.module)
  await writeModule(program.module, source)
  await mkdir(join(folder, 'bin'), { recursive: true })
  await compile(program, source, `${binary}.new`)
  await rename(`${binary}.new`, binary)
  await writeFile(`${binary}.version`, stamp)
  return binary
}

async function compile(program: Program, directory: string, output: string): Promise<void> {
  const flags = ['-s', '-w', ...(program.stamped ? stamps() : [])].join(' ')
  const command = program.kind === 'test' ? ['test', '-c'] : ['build']
  // a build of half an hour is nobody's emergency: it leaves the machine to whoever works on it
  const child = spawn(
    'nice',
    ['-n', '15', 'go', ...command, '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, program.package],
    {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOWORK: 'off' },
    },
  )
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.push(text)
    while (said.length > 200) said.shift()
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', error => reject(new Error(`Go is needed to build ${program.name}`, { cause: error })))
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`building ${program.name} failed:\n${said.join('')}`)
}

function stamps(): string[] {
  const [major, minor] = kubernetesVersion.slice(1).split('.')
  const values = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  return Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
}

/** What a binary was made from: a new version, or an edit of our own source, makes it anew. */
async function stampOf(program: Program): Promise<string> {
  if (program.module === 'kubernetes') return kubernetesVersion
  if (program.module === 'etcd') return etcdVersion
  if (program.module === 'coredns') return corednsVersion
  const hash = createHash('sha256')
  for (const file of await ownSources(program.module)) hash.update(await readFile(file))
  return hash.digest('hex')
}
