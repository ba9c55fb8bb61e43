import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export interface LoggerOptions {
  /** The component's name, the first field of every line. */
  component: string
  /** Kubernetes' `-v`: 0–1 prints info and above, 2–3 adds nothing but detail in messages, 4–5 debug, 6 and above trace. */
  verbosity?: number
  /** Where lines go. Default: standard error, as upstream's components do. */
  destination?: NodeJS.WritableStream
}

/** A structured logger: one JSON object a line, a constant message, facts as keys. */
export function createLogger(options: LoggerOptions): Logger {
  const verbosity = options.verbosity ?? 0
  const level = verbosity >= 6 ? 'trace' : verbosity >= 4 ? 'debug' : 'info'
  return pino(
    {
      level,
      base: { component: options.component },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    options.destination ?? standardError(),
  )
}

/** On a full disk lines wait, a megabyte at most, and then are dropped: no process ends because it cannot tell what it does. */
function standardError() {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: 2 ** 20 })
  destination.on('error', () => undefined)
  return destination
}

/** A logger that prints nothing: the default of services embedded in a test. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
