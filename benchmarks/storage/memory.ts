import { readFile } from 'node:fs/promises'

/** Bytes of a process that no file stands behind. LMDB's mapped pages are not among them. */
export async function anonymousMemory(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) * 1024
}

const sampleEvery = 20

/** The most that it grew while `work` ran, bytes. */
export async function growth(pid: number | undefined, work: () => Promise<unknown>): Promise<number> {
  const before = await anonymousMemory(pid)
  let most = before
  let over = false
  const sampling = (async () => {
    while (!over) {
      most = Math.max(most, await anonymousMemory(pid))
      await new Promise(resolve => setTimeout(resolve, sampleEvery))
    }
  })()
  try {
    await work()
  } finally {
    over = true
    await sampling
  }
  return most - before
}
