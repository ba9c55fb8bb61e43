import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { startCluster } from 'kubets'
import { built } from '../peers/index.ts'

const usage = `Usage: npm run clients:go [-- flags] [-- the program's own flags: -v, -timeout 2m]

Runs clients that Go programs use (tests/clients/go: an operator of controller-runtime, client-go's own clients) against a cluster.

  --kubeconfig FILE  the cluster; without it one of two nodes with the fake runtime is started in this process
  --logs FILE        where the services of that cluster log
`
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kubeconfig: { type: 'string' }, logs: { type: 'string' }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const binary = await built('go-clients', line => process.stderr.write(`${line}\n`))
const logs = values.logs === undefined ? {} : { logs: createWriteStream(values.logs) }
await using cluster = values.kubeconfig === undefined ? await startCluster({ nodes: 2, ...logs }) : undefined
const kubeconfig = cluster?.kubeconfigPath ?? (values.kubeconfig as string)
const child = spawn(binary, ['-kubeconfig', kubeconfig, ...positionals], { stdio: ['ignore', 'inherit', 'inherit'] })
process.exitCode = await new Promise<number>((resolve, reject) => {
  child.once('error', reject)
  child.once('exit', code => resolve(code ?? 1))
})
