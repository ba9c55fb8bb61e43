import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readCommandLine } from '@kubets/component/plain'
import { startCluster } from 'kubets'
import { built } from '../peers/index.ts'

const { values, positionals } = readCommandLine({
  command: 'npm run clients:go --',
  about:
    "Runs clients that Go programs use (tests/clients/go: an operator of controller-runtime, client-go's own clients) against a cluster.",
  positionals: "[-- the program's own flags]",
  flags: {
    kubeconfig: {
      type: 'string',
      help: 'File of the cluster. Without it one of two nodes with the fake runtime is started in this process.',
    },
    logs: { type: 'string', help: 'File where the services of that cluster log.' },
  },
  examples: ['npm run clients:go', 'npm run clients:go -- --kubeconfig ~/.kube/config -- -v -timeout 2m'],
})
const binary = await built('go-clients', line => process.stderr.write(`${line}\n`))
const logs = values.logs === undefined ? {} : { logs: createWriteStream(values.logs) }
await using cluster = values.kubeconfig === undefined ? await startCluster({ nodes: 2, ...logs }) : undefined
const kubeconfig = cluster?.kubeconfigPath ?? (values.kubeconfig as string)
const child = spawn(binary, ['-kubeconfig', kubeconfig, ...positionals], { stdio: ['ignore', 'inherit', 'inherit'] })
process.exitCode = await new Promise<number>((resolve, reject) => {
  child.once('error', reject)
  child.once('exit', code => resolve(code ?? 1))
})
