import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BareStore, Orders } from './bare-writer-process.ts'

/** Writers to a store with nothing above it. */
export interface BareWriter extends AsyncDisposable {
  /** Writes a second. The values are made before the clock starts. */
  run(orders: Orders): Promise<number>
}

/** @param created Texts of pods as a create stores them: what is written differs where pods do. */
export async function startBareWriter(store: BareStore, created: readonly string[]): Promise<BareWriter> {
  const child = fork(
    join(import.meta.dirname, 'bare-writer-process.ts'),
    [JSON.stringify(store), JSON.stringify(created)],
    { env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  )
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the bare writers' process ended with ${code}`)
  })
  ended.catch(() => undefined)
  const heard = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as [unknown])[0]
  await heard()
  return {
    async run(orders) {
      child.send(orders)
      return (await heard()) as number
    },
    async [Symbol.asyncDispose]() {
      if (!child.connected) return
      const gone = once(child, 'exit')
      child.disconnect()
      const [code] = (await gone) as [number]
      if (code !== 0) throw new Error(`the bare writers' process ended with ${code}`)
    },
  }
}
