import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endsWithUs } from '@kubets/component/testing'
import { type EmbeddedStoreOptions, openEmbeddedStore, type StoreEvent } from '@kubets/storage'
import { createDisk, type Disk } from './disk.ts'
import { bodyOf } from './traffic.ts'

export interface PowerCutOptions {
  durability: 'disk' | 'none'
  writer: NonNullable<EmbeddedStoreOptions['writer']>
  cuts: number
  /** Milliseconds of load before each cut: a random part of it. */
  within: number
  random?: () => number
  onCut?(report: CutReport): void
  /** No further cut; what there is so far is the result. */
  signal?: AbortSignal
}

export interface CutReport {
  /** Writes that this store acknowledged before the cut. */
  acknowledged: number
  /** Its revisions in what was left. */
  found: number
  /** What is wrong with it; empty when it holds every acknowledged write, and nothing that was never written. */
  complaints: string[]
  /** The last commit was there in part, and was dropped. */
  torn: boolean
}

/** A store with more revisions makes way for a new one: reading what is left of it takes longer each time, in which its writer adds yet more. */
const mostRevisions = 100_000

/**
 * Puts a store under load on a disk, cuts the power again and again and looks at what is left each time: it must open and hold
 * every write that was acknowledged before the cut, in a history without gaps.
 */
export async function runPowerCuts(options: PowerCutOptions): Promise<CutReport[]> {
  await using disk = await createDisk()
  const reports: CutReport[] = []
  for (let stores = 1; reports.length < options.cuts && !options.signal?.aborted; stores++)
    await cutOneStore(disk, `store-${stores}`, reports, options)
  return reports
}

async function cutOneStore(disk: Disk, name: string, reports: CutReport[], options: PowerCutOptions): Promise<void> {
  const random = options.random ?? Math.random
  const directory = join(disk.path, name)
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const writer = undo.use(startWriter(directory, options))
  while (reports.length < options.cuts && writer.acknowledged.length < mostRevisions) {
    await writer.acknowledges(writer.acknowledged.length + 20)
    if (options.signal?.aborted) return
    await new Promise(resolve => setTimeout(resolve, random() * options.within))
    const acknowledged = writer.acknowledged.length
    const mount = await disk.cut()
    await using remains = await mount()
    const left = join(remains.path, name)
    await startAnew(left)
    const report = await inspect(left, writer.acknowledged.slice(0, acknowledged))
    reports.push(report)
    options.onCut?.(report)
  }
}

/** A machine whose power was cut has started again since, which the store knows the kernel's boot by; ours has not. */
async function startAnew(directory: string): Promise<void> {
  const path = join(directory, 'unclean')
  const unclean = await readFile(path, 'utf8').catch(() => undefined)
  if (unclean !== undefined) await writeFile(path, JSON.stringify({ ...JSON.parse(unclean), boot: 'before the cut' }))
}

function startWriter(directory: string, { durability, writer, signal }: PowerCutOptions) {
  const main = join(import.meta.dirname, 'writer.ts')
  const [program, ...args] = endsWithUs([process.execPath, main, directory, durability, writer])
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for us: we end it
    detached: true,
  })
  const acknowledged: string[] = []
  let complaints = ''
  child.stderr.on('data', data => {
    complaints += data
  })
  createInterface({ input: child.stdout }).on('line', line => acknowledged.push(line))
  const exited = new Promise(resolve => child.once('exit', resolve))
  return {
    acknowledged,
    async acknowledges(count: number): Promise<void> {
      while (acknowledged.length < count && !signal?.aborted) {
        if (child.exitCode !== null) throw new Error(`the writer ended: ${complaints}`)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function inspect(directory: string, acknowledged: readonly string[]): Promise<CutReport> {
  const complaints: string[] = []
  const complain = (what: string) => {
    if (complaints.length < 10) complaints.push(what)
  }
  let history: readonly StoreEvent[] = []
  let torn = false
  try {
    history = await historyOf(directory, () => {
      torn = true
    })
  } catch (error) {
    complain(`the store cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  for (const [i, event] of history.entries()) {
    if (event.modRevision !== i + 2) complain(`revision ${i + 2} is missing`)
    const number = Number(/"number":(\d+)/.exec(Buffer.from(event.value).toString())?.[1])
    if (event.type === 'put' && !bodyOf(number).equals(event.value)) complain(`${event.key} has a torn value`)
  }
  for (const line of acknowledged) {
    const [revision, type, key, number] = line.split(' ') as [string, string, string, string]
    const event = history[Number(revision) - 2]
    if (!event) complain(`revision ${revision} (${type} ${key}) is lost`)
    else if (
      event.type !== type ||
      event.key !== key ||
      (type === 'put' && !bodyOf(Number(number)).equals(event.value))
    )
      complain(`revision ${revision} is ${event.type} ${event.key} and was acknowledged as ${type} ${key}`)
  }
  return { acknowledged: acknowledged.length, found: history.length, complaints, torn }
}

async function historyOf(directory: string, warn: () => void): Promise<StoreEvent[]> {
  await using store = await openEmbeddedStore({ directory, logger: { warn } })
  const events: StoreEvent[] = []
  const stop = new AbortController()
  await new Promise<void>((resolve, reject) => {
    const watch = store.watch({
      start: '\0',
      end: '\u{10ffff}',
      from: 1,
      onEvents: batch => void events.push(...batch),
      onProgress: () => resolve(),
      onEnd: reject,
      signal: stop.signal,
    })
    watch.requestProgress()
  })
  stop.abort()
  return events
}
