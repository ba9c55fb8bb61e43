import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../manual-clock.ts'
import { authorization } from './token.ts'

test('a token file is read again after a minute, and kept while it cannot be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-token-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const tokenFile = join(folder, 'token')
  const clock = manualClock()
  await writeFile(tokenFile, 'one\n')
  const authorize = authorization({ server: '', tokenFile }, clock)
  expect(await authorize()).toBe('Bearer one')
  await writeFile(tokenFile, 'two\n')
  expect(authorize()).toBe('Bearer one')
  clock.advance(61_000)
  expect(authorize()).toBe('Bearer one') // nobody waits for the new one
  await expect.poll(authorize).toBe('Bearer two')
  await rm(tokenFile)
  clock.advance(61_000)
  expect(authorize()).toBe('Bearer two')
})

test('a token file that was never there is named', async () => {
  const authorize = authorization({ server: '', tokenFile: '/nowhere/token' }, manualClock())
  await expect(authorize()).rejects.toThrow('read token file /nowhere/token: ENOENT')
})
