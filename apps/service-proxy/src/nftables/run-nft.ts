import { spawn } from 'node:child_process'

/** Applies lines as one transaction: all of them or none. Rejects with what nft says. */
export type RunNft = (lines: readonly string[]) => Promise<void>

/** Debian keeps it in sbin, which is not on every service's path. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`
/** Of what nft says when it refuses: it repeats each line that it does not like. */
const longestMessage = 4_096

export const runNft: RunNft = lines => run('nft', ['-f', '-'], `${lines.join('\n')}\n`)

/** Runs a program to its end; rejects with what it wrote to stderr when its exit code is not 0. */
export function run(program: string, args: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, PATH: path } })
    let said = ''
    child.stderr.on('data', chunk => {
      if (said.length < longestMessage) said += chunk
    })
    // it may end before it has read all
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', code =>
      code === 0
        ? resolve()
        : reject(new Error(`${program}: ${said.trim().slice(0, longestMessage) || `exit code ${code}`}`)),
    )
  })
}
