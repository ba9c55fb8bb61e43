import { describeFlags, type FlagTable, type FlagValues } from '@kubets/component/plain'

/** One word after `kubets`. */
export interface Command<T extends FlagTable = FlagTable> {
  /** How it is called: `up [flags]`. */
  usage: string
  /** One line for the list of commands. */
  summary: string
  /** Paragraphs and examples below the usage. */
  details?: string
  flags: T
  /** Arguments after the name are passed on unread (`kubets kubectl …`). */
  passThrough?: boolean
  /** Resolves with the exit code. */
  run(input: CommandInput<T>): Promise<number>
}

export interface CommandInput<T extends FlagTable> {
  flags: FlagValues<T>
  given: ReadonlySet<string>
  args: readonly string[]
}

/** Gives a command its type from its own flags. */
export const command = <const T extends FlagTable>(definition: Command<T>): Command => definition as unknown as Command

export const dirFlag = {
  dir: { type: 'string', default: '.kubets', help: 'The directory that holds the state of the cluster.' },
} as const satisfies FlagTable

export function helpText(definition: Command): string {
  return [
    definition.summary,
    '',
    'Usage:',
    `  kubets ${definition.usage}`,
    '',
    ...(definition.details ? [definition.details, ''] : []),
    'Flags:',
    describeFlags(definition.flags),
    '',
  ].join('\n')
}
