import { setTimeout as sleep } from 'node:timers/promises'
import { describeFlags, type FlagTable, type FlagValues, parseFlags, UsageError } from './flags.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Running } from './running.ts'
import { onSignal, takeSignals } from './signals.ts'

/** A start that is told to end has so many ms to come to where it can be undone; one that waits for others is left as it stands. */
const startGrace = 1_000

export interface MainOptions<T extends FlagTable> {
  /** The component's name: `api-server`. */
  name: string
  /** What the service does, in a sentence or two, for `--help`. */
  about: string
  flags: T
  /** Flags that upstream has and this service does not: their refusal says so. */
  absentFlags?: ReadonlySet<string>
  argv?: readonly string[]
  /** What the service writes belongs to its owner alone, whatever the umask was. Not for those who write what others read. */
  privateFiles?: boolean
  /** `given`: the names that stood on the command line. */
  start(values: FlagValues<T>, logger: Logger, given: ReadonlySet<string>): Promise<Running>
  /** Once it is up. What it sets of V8 no longer touches the code of the start that is kept for the next one. */
  started?(): void
}

/**
 * The body of every service's `main.ts`: flags in, service up, a signal takes it down.
 *
 * Exit codes: 0 after SIGTERM or SIGINT, also while it starts; 1 when it cannot start, 2 for a usage error. A second signal ends at once.
 */
export async function runMain<const T extends FlagTable>(options: MainOptions<T>): Promise<void> {
  takeSignals()
  if (options.privateFiles) process.umask(0o077)
  const argv = options.argv ?? process.argv.slice(2)
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(
      `${options.about}\n\nUsage:\n  ${options.name} [flags]\n\nFlags:\n${describeFlags(options.flags)}\n`,
    )
    return
  }
  const logLevel = (values: Record<string, unknown>) => (typeof values.v === 'number' ? values.v : 0)
  let logger = createLogger({ component: options.name })
  // no timer of ours holds the process (see Clock), and a service may for a while have no socket: signals end it, nothing else
  setInterval(() => undefined, 2 ** 30)
  try {
    const parsed = parseFlags(options.flags, argv, options.absentFlags)
    if (parsed.positionals.length > 0)
      throw new UsageError(`unknown command "${parsed.positionals[0]}" for "${options.name}"`)
    logger = createLogger({ component: options.name, verbosity: logLevel(parsed.values) })
    for (const warning of parsed.warnings) logger.warn(warning)
    const told = firstSignal()
    const starting = options.start(parsed.values, logger, parsed.given)
    const service = await Promise.race([starting, told.then(() => undefined)])
    if (service === undefined) {
      logger.info({ signal: await told }, 'Stopping before the start is over')
      await Promise.race([starting.then(begun => begun.stop()).catch(() => undefined), sleep(startGrace)])
      process.exit(0)
    }
    process.send?.('ready')
    // a process ended by a signal writes no compile cache, so it is written as soon as everything is loaded
    ;(await import('node:module')).flushCompileCache()
    options.started?.()
    logger.info({ signal: await told }, 'Stopping')
    await service.stop()
    process.exit(0)
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`Error: ${error.message}\nRun '${options.name} --help' for usage.\n`)
      process.exit(2)
    }
    logger.fatal({ err: error }, error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    onSignal(signal => {
      onSignal(again => process.exit(again === 'SIGINT' ? 130 : 143))
      resolve(signal)
    })
  })
}
