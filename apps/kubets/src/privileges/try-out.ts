import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface AccessCheck {
  readonly readable: readonly string[]
  readonly writable: readonly string[]
}

/** A command that fails where whoever runs it cannot reach something, and says what. The paths are arguments: nothing in them is read as shell. */
export function accessCheck({ readable, writable }: AccessCheck): string[] {
  const script = `mode=-r; for path; do
    if [ "$path" = -- ]; then mode=-w
    elif [ ! "$mode" "$path" ]; then echo "$path cannot be reached by user $(id -u)" >&2; exit 1
    fi; done`
  return ['sh', '-c', script, 'sh', ...readable, '--', ...writable]
}

/** @throws Error in the command's own words */
export async function tryOut(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command
  try {
    await promisify(execFile)(program, args)
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(stderr?.trim() || message, { cause: error })
  }
}
