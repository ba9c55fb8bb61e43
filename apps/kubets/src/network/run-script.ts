import { spawn } from 'node:child_process'

/** Runs a shell script with `set -eu`; resolves with what it printed, rejects with what went wrong and during what. */
export function runScript(doing: string, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-eu', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in the terminal reaches kubets alone: a script that makes or removes something is never cut in half
      detached: true,
    })
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => (out += chunk))
    child.stderr.on('data', chunk => (err += chunk))
    child.once('error', reject)
    child.once('close', code =>
      code === 0 ? resolve(out) : reject(new Error(`${doing} failed: ${err.trim() || `exit code ${code}`}`)),
    )
  })
}
