/** What needs no package and nothing of Node's network: for a command's first steps, which nobody wants to wait for. */
export { type Clock, sleep, systemClock } from './clock.ts'
export { type CommandLine, type ReadCommandLine, readCommandLine } from './command-line.ts'
export {
  describeFlags,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  type ParsedFlags,
  parseDuration,
  parseFlags,
  UsageError,
} from './flags.ts'
export { type Running, running } from './running.ts'
