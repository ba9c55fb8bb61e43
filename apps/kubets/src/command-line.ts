import { parseFlags, UsageError } from '@kubets/component/plain'
import { Interrupted } from './cluster/interrupted.ts'
import { type Command, helpText } from './commands/command.ts'

/** Loaded when called: `kubets kubeconfig` need not pay for the rest. */
const commands: Record<string, () => Promise<Command>> = {
  up: async () => (await import('./commands/up.ts')).up,
  status: async () => (await import('./commands/status.ts')).status,
  kubeconfig: async () => (await import('./commands/kubeconfig.ts')).kubeconfigCommand,
  down: async () => (await import('./commands/down.ts')).down,
  reset: async () => (await import('./commands/reset.ts')).reset,
  image: async () => (await import('./commands/image.ts')).image,
  snapshot: async () => (await import('./commands/snapshot.ts')).snapshot,
  store: async () => (await import('./commands/store.ts')).store,
  pki: async () => (await import('./commands/pki/index.ts')).pki,
  kubectl: async () => (await import('./commands/kubectl.ts')).kubectl,
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const wanted = name === 'help' ? rest[0] : undefined
    if (wanted !== undefined && commands[wanted]) {
      process.stdout.write(helpText(await commands[wanted]()))
      return 0
    }
    process.stdout.write(await overview())
    return 0
  }
  const load = commands[name]
  if (!load) throw new UsageError(`unknown command "${name}" for "kubets"`)
  const command = await load()
  if (command.passThrough) return command.run({ flags: {}, given: new Set(), args: rest })
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(helpText(command))
    return 0
  }
  const { values, given, positionals } = parseFlags(command.flags, rest)
  if (positionals.length > 0 && !command.usage.includes('…') && !command.usage.includes('|'))
    throw new UsageError(`unexpected argument "${positionals[0]}": usage is kubets ${command.usage}`)
  return command.run({ flags: values, given, args: positionals })
}

async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => [name, (await load()).summary] as const),
  )
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    'kubets runs a Kubernetes cluster on this machine: separate services, real containers, several nodes.',
    '',
    'Usage:',
    '  kubets COMMAND [flags]',
    '',
    'Commands:',
    ...rows.map(([name, summary]) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    "Run 'kubets help COMMAND' for its flags.",
    '',
  ].join('\n')
}

/** Exit codes: what the command returns; 2 for a usage error; 130 for an interrupted start; 1 for anything that failed. */
try {
  process.exitCode = await main(process.argv.slice(2))
  // services, sockets and timers are closed by now; what is left is a library's idle handle
  process.exit()
} catch (caught) {
  // what undoing a failed start threw on top is the lesser news
  let error: unknown = caught
  while (error instanceof SuppressedError) error = error.suppressed
  const message = error instanceof Error ? error.message : String(error)
  const text = `Error: ${message}\n${error instanceof UsageError || process.env.KUBETS_DEBUG === undefined ? '' : `${(error as Error).stack}\n`}`
  process.stderr.write(text)
  if (process.env.KUBETS_DETACHED === '1' && process.connected) process.send?.({ error: text })
  process.exit(error instanceof UsageError ? 2 : error instanceof Interrupted ? error.exitCode : 1)
}
