import { describeFlags, type FlagTable, type ParsedFlags, parseFlags, UsageError } from './flags.ts'

/** What a tool says of itself. */
export interface CommandLine<T extends FlagTable> {
  /** As people call it: `npm run chaos --`. */
  command: string
  /** What it does, in a sentence or a few. */
  about: string
  flags: T
  /** Placeholder of the arguments that are no flags: `[NAME…]`. A tool without one takes none. */
  positionals?: string
  /** Whole commands. */
  examples: readonly string[]
  /** What else the help shows, after the flags. */
  more?: string
}

export interface ReadCommandLine<T extends FlagTable> extends ParsedFlags<T> {
  /** Ends the process with 2 and one line: for what only the tool can judge. */
  refuse(why: string): never
}

/**
 * The command line of a tool of this repository. `--help` and `-h` print what there is and end the process with 0; what cannot be taken is told in
 * one line, with the way to the help, and ends it with 2. To be called before the tool does anything.
 */
export function readCommandLine<const T extends FlagTable>(
  tool: CommandLine<T>,
  argv: readonly string[] = process.argv.slice(2),
): ReadCommandLine<T> {
  const separator = argv.indexOf('--')
  const own = separator === -1 ? argv : argv.slice(0, separator)
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(helpOf(tool))
    process.exit(0)
  }
  const refuse = (why: string): never => {
    process.stderr.write(`Error: ${why}. '${tool.command} --help' lists what there is\n`)
    process.exit(2)
  }
  try {
    const read = parseFlags(tool.flags, argv)
    if (tool.positionals === undefined && read.positionals.length > 0)
      return refuse(`unexpected argument: ${JSON.stringify(read.positionals[0])}`)
    return { ...read, refuse }
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message)
    throw error
  }
}

function helpOf<T extends FlagTable>({ command, about, flags, positionals, examples, more }: CommandLine<T>): string {
  const usage = [command, ...(Object.keys(flags).length > 0 ? ['[flags]'] : []), ...(positionals ? [positionals] : [])]
  const all: FlagTable = { ...flags, help: { type: 'bool', short: 'h', help: 'Print this.' } }
  return [
    about,
    `Usage:\n  ${usage.join(' ')}`,
    `Flags:\n${describeFlags(all)}`,
    ...(more === undefined ? [] : [more]),
    `Examples:\n${examples.map(line => `  ${line}`).join('\n')}`,
  ]
    .map(part => `${part}\n`)
    .join('\n')
}
