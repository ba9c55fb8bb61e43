import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

test('a service hears that it has started when others have, and ends at a signal', async () => {
  const code = `
    import { runMain } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'run-main.ts')).href)}
    const say = text => process.send(text)
    await runMain({
      name: 'test', about: '', flags: {},
      start: async () => { say('starts'); return { stop: async () => say('stops') } },
      started: () => say('started'),
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const said: unknown[] = []
  child.on('message', text => {
    said.push(text)
    if (text === 'started') child.kill('SIGTERM')
  })
  const [ended] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  expect(ended).toEqual([0, null])
  expect(said).toEqual(['starts', 'ready', 'started', 'stops'])
})
