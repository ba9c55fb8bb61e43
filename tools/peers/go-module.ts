import { execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { corednsVersion, etcdVersion, kubernetesVersion, type Program, stagingVersion } from './programs.ts'

const run = promisify(execFile)

/** Writes the module that a program is built in to `folder`. Building may add to its go.sum, so none of them lies in the repository. */
export async function writeModule(module: Program['module'], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  switch (module) {
    case 'kubernetes': {
      const upstream = await kubernetesSource()
      const [goMod, goSum] = await Promise.all(['go.mod', 'go.sum'].map(name => readFile(join(upstream, name), 'utf8')))
      await writeFile(join(folder, 'go.mod'), kubernetesModule(goMod as string))
      await writeFile(join(folder, 'go.sum'), goSum as string)
      return
    }
    case 'etcd':
      return writeFile(
        join(folder, 'go.mod'),
        `module kubets.local/peers/etcd\n\ngo 1.25.0\n\nrequire go.etcd.io/etcd/server/v3 ${etcdVersion}\n`,
      )
    case 'coredns':
      return writeFile(
        join(folder, 'go.mod'),
        `module kubets.local/peers/coredns\n\ngo 1.25.0\n\nrequire github.com/coredns/coredns ${corednsVersion}\n`,
      )
    case 'decode':
    case 'clients':
    case 'cel':
      for (const file of await ownSources(module)) await copyFile(file, join(folder, basename(file)))
  }
}

/** What our own programs are made of. */
export async function ownSources(module: 'decode' | 'clients' | 'cel'): Promise<string[]> {
  const folder = join(import.meta.dirname, module === 'clients' ? '../../tests/clients/go' : `go/${module}`)
  const names = (await readdir(folder)).filter(name => name === 'go.mod' || name.endsWith('.go')).sort()
  return names.map(name => join(folder, name))
}

/**
 * A module that builds Kubernetes' programs from the proxy: what k8s.io/kubernetes requires, with its staging modules, which it
 * finds in its own tree, taken from where they are published.
 */
export function kubernetesModule(upstreamGoMod: string): string {
  const staging = [...upstreamGoMod.matchAll(/^\t(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name]) => name as string)
  const requires = [...upstreamGoMod.matchAll(/^require \(\n([^)]*)\)/gm)].map(([, lines]) => lines as string).join('')
  const language = /^go (\S+)$/m.exec(upstreamGoMod)?.[1] ?? '1.26.0'
  const godebug = /^godebug .*$/m.exec(upstreamGoMod)?.[0] ?? ''
  return [
    'module kubets.local/peers/kubernetes',
    `go ${language}`,
    godebug,
    `require (\n\tk8s.io/kubernetes ${kubernetesVersion}\n${requires.replace(/^(\tk8s\.io\/\S+) v0\.0\.0(?=\s)/gm, `$1 ${stagingVersion}`)})`,
    `replace (\n${staging.map(name => `\t${name} => ${name} ${stagingVersion}\n`).join('')})`,
    '',
  ].join('\n\n')
}

/** The folder with Kubernetes' own sources, as its module has them. */
export async function kubernetesSource(): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${kubernetesVersion}`], {
    cwd: '/',
  })
  return (JSON.parse(stdout) as { Dir: string }).Dir
}
