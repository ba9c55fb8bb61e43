/** What has something to send. */
export interface Sending {
  /** It waits for its turn: set by the fan-out alone. */
  queued: boolean
  send(): void
  /** What `send` threw. */
  fail(error: unknown): void
}

/** How much of the thread a turn of the loop may give to watchers, ms: their writes, and what these cause afterwards (encryption, system calls, sessions that send). */
const share = 2
/** So long may the writes alone take, ms, whatever they were thought to cost. */
const longest = 2.5
const fewest = 16
/**
 * What a write touches is touched again when its session sends and when that is done: of more than so many the processor's cache has lost the first ones
 * by then, and each costs up to a third more.
 */
const most = 128
/** The system counts a thread's processor time in steps of 4 ms: what a write costs shows after several of them. */
const sample = 16
/** Looking at the clock costs a good part of a write. */
const checkEvery = 8

/** Processor time of this thread, ms: waiting for a core says nothing about what writes cost. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/**
 * Sends to many watchers in turns of the loop: the first at once, the others in between what else there is to do. A watcher that gets
 * more while it waits sends all of it in one write.
 */
export class FanOut {
  #waiting: Sending[] = []
  #head = 0
  /** When the present turn began. */
  #began: number | undefined
  #over = false
  #sent = 0
  /** The thread's processor time when the present turn began. */
  #used = 0
  /** Writes and processor time of the turns since the last estimate. */
  #sampled = { writes: 0, time: 0 }
  /** How many are sent to in one turn. */
  #allowed = most
  readonly #time: () => number

  constructor(time = threadTime) {
    this.#time = time
  }

  add(one: Sending): void {
    if (one.queued) return
    // behind those that wait already
    if (this.#head < this.#waiting.length || this.#isOver()) {
      one.queued = true
      this.#waiting.push(one)
    } else send(one)
  }

  #isOver(): boolean {
    if (this.#began === undefined) {
      this.#began = performance.now()
      this.#used = this.#time()
      this.#over = false
      this.#sent = 1
      setImmediate(this.#turn)
      return false
    }
    if (this.#over) return true
    this.#over =
      this.#sent === this.#allowed || (this.#sent % checkEvery === 0 && performance.now() - this.#began >= longest)
    if (!this.#over) this.#sent++
    return this.#over
  }

  readonly #turn = (): void => {
    const used = this.#time()
    this.#estimate(this.#sent, used - this.#used)
    this.#used = used
    this.#began = undefined
    while (this.#head < this.#waiting.length) {
      if (this.#isOver()) return
      const one = this.#waiting[this.#head++] as Sending
      one.queued = false
      send(one)
    }
    this.#waiting = []
    this.#head = 0
  }

  #estimate(writes: number, time: number): void {
    const sampled = this.#sampled
    sampled.writes += writes
    sampled.time += time
    if (sampled.time < sample) return
    const affordable = Math.floor((share * sampled.writes) / sampled.time)
    this.#allowed = Math.max(fewest, Math.min(most, affordable))
    this.#sampled = { writes: 0, time: 0 }
  }
}

function send(one: Sending): void {
  try {
    one.send()
  } catch (error) {
    one.fail(error)
  }
}
