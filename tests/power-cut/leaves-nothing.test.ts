import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clearLeft, mountsBelow, ownFolder, unmount } from './folders.ts'

test('a run that is told to end by a signal finishes its cut and leaves nothing', async () => {
  const run = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--within=100'], { stdio: 'pipe' })
  let output = ''
  let complaints = ''
  run.stderr.on('data', text => {
    complaints += text
  })
  const ended = once(run, 'close')
  run.stdout.on('data', text => {
    // a second signal would end it at once
    const first = !output.includes(' found')
    output += text
    if (first && output.includes(' found')) run.kill('SIGTERM')
  })
  expect([await ended, complaints]).toEqual([[143, null], ''])
  expect(output).toMatch(/^\d+ cuts, \d+ that tore a commit, 0 with losses$/m)
  const left = (name: string) => name.startsWith(`kubets-power-cut-${run.pid}-`)
  expect(readdirSync(tmpdir()).filter(left)).toEqual([])
  expect((await mountsBelow(tmpdir())).filter(path => left(path.slice(tmpdir().length + 1)))).toEqual([])
}, 90_000)

test('a run that is killed leaves no process, and what else it leaves is cleared', async () => {
  const run = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--within=100'], { stdio: 'pipe' })
  const ended = once(run, 'exit')
  run.stdout.once('data', () => run.kill('SIGKILL'))
  expect(await ended).toEqual([null, 'SIGKILL'])
  const folder = `kubets-power-cut-${run.pid}-`
  const processes = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  await expect.poll(() => processes().filter(line => line.includes(folder))).toEqual([])
  await clearLeft()
  expect(readdirSync(tmpdir()).filter(name => name.startsWith(folder))).toEqual([])
}, 90_000)

test('what a killed run left is cleared, what a living one has is not', async () => {
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
  const [left, living] = [await ownFolder({ pid: dead, started: '1' }), await ownFolder()]
  // of the same id as a living one, which began at another time
  const reused = await ownFolder({ pid: process.pid, started: '1' })
  const mounts = [left, living, reused].flatMap(folder => [join(folder, 'host'), join(folder, 'host/disk')])
  for (const path of mounts) {
    await mkdir(path)
    execFileSync('mount', ['-t', 'tmpfs', 'none', path])
  }
  await clearLeft()
  expect([left, living, reused].map(folder => existsSync(folder))).toEqual([false, true, false])
  expect(await Promise.all([left, living, reused].map(mountsBelow))).toEqual([[], mounts.slice(2, 4), []])
  for (const path of mounts.slice(2, 4).reverse()) await unmount(path)
  execFileSync('rm', ['-r', living])
}, 30_000)
