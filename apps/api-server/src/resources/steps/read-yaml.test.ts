import { expect, it } from 'vitest'
import { readYaml } from './read-yaml.ts'

const read = (text: string) => readYaml(Buffer.from(text))

it('tells the first problem and where it is', async () => {
  await expect(read('a: 1\nb: [1\nc: }')).rejects.toThrow(/ at line \d, column \d+$/)
  await expect(read('a: 1\n---\nb: 1')).rejects.toThrow('multiple documents')
  expect((await read('')).value).toBeNull()
})

it('refuses what has too many words before it puts anything together', async () => {
  expect(((await read(`[${'1,'.repeat(50_000)}]`)).value as unknown[]).length).toBe(50_000)
  await expect(read(`[${'1,'.repeat(200_000)}]`)).rejects.toThrow('more than 300000 words and marks')
})

it('lets others go on while it reads', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  await read(`[${'1,'.repeat(50_000)}]`)
  clearInterval(counting)
  expect(turns).toBeGreaterThan(0)
})

it('takes no time for many problems on one line', async () => {
  // each of them was shown with its line once: minutes for a megabyte
  await expect(read('"'.repeat(200_000))).rejects.toThrow(/ at line 1, column \d+$/)
})
