import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { endsWithUs } from './ends-with-us.ts'

/** A process that starts such a command, a shell that says its id and runs on, and is itself ended by the test. */
async function parentOf(command: string) {
  const program = `
    import { spawn } from 'node:child_process'
    import { endsWithUs } from ${JSON.stringify(new URL('./ends-with-us.ts', import.meta.url).href)}
    const [program, ...args] = endsWithUs(['sh', '-c', ${JSON.stringify(command)}])
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    console.log(child.pid)
    setInterval(() => undefined, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: parent.stdout })) if (lines.push(line) === 2) break
  const [first = '', second = ''] = lines
  onTestFinished(() => {
    parent.kill('SIGKILL')
    if (existsSync(`/proc/${first}`)) process.kill(Number(first), 'SIGKILL')
  })
  return { parent, ids: [first, second] }
}

test.each([
  ['runs', 'echo $$; exec sleep 100'],
  ['is stopped', 'echo $$; kill -STOP $$'],
])('a process that %s ends with its parent, which was killed', async (_what, command) => {
  const { parent, ids } = await parentOf(command)
  // the id is the command's own
  expect(ids[0]).toBe(ids[1])
  const exited = once(parent, 'exit')
  parent.kill('SIGKILL')
  await exited
  await expect.poll(() => existsSync(`/proc/${ids[0]}`)).toBe(false)
})

test('a parent that has ended before is not outlived', async () => {
  const [program, ...args] = endsWithUs(['echo', 'I live'])
  // another parent than the one that it was for
  const child = spawn('sh', ['-c', '"$@"; echo "code $?"', 'sh', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = (await child.stdout.toArray()).join('')
  expect(said).toBe('code 1\n')
})

test('arguments arrive as they are, and so does an exit code', async () => {
  const [program, ...args] = endsWithUs(['sh', '-c', 'printf "%s|" "$@"; exit 7', 'sh', 'a b', '$HOME', "it's", ''])
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  expect((await child.stdout.toArray()).join('')).toBe("a b|$HOME|it's||")
  expect(await exited).toEqual([7, null])
})

test('a program that is not there is told by exit code 127', async () => {
  const [program, ...args] = endsWithUs(['/no/such/program'])
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  expect((await child.stderr.toArray()).join('')).toContain('/no/such/program')
  expect(await exited).toEqual([127, null])
})
