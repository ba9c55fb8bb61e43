/** Those who wait for their turn and are better told together. */
export interface Lane {
  /** Set by the fan-out alone. */
  waiting: Sending[]
  /** How many writes they have to make. */
  writes: number
  /** They share a connection, which writes to its socket once a turn. */
  readonly shared: boolean
}

const none: readonly Sending[] = []

/** What has something to send. */
export interface Sending {
  /** It waits for its turn: set by the fan-out alone. */
  queued: boolean
  readonly lane: Lane
  /** How many it has to make, where it stands for many: each time it sends it makes one. */
  readonly writes?: number
  /** It has made some of its writes, and goes on with the next. */
  readonly partly?: boolean
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
 * Sends to many watchers in turns of the loop: the first as soon as what runs now is done, the others in between what else there is to do. What runs now is
 * the end of a commit, and where somebody writes alone it ends with the answer to that write: the client reads it, and sends its next request, while
 * the watchers are told. A watcher that gets more while it waits sends all of it in one write. Those of one connection have their turn together where they fit
 * into one.
 */
export class FanOut {
  /** Of all that stand on connections of their own. */
  readonly #alone: Lane = { waiting: [], writes: 0, shared: false }
  readonly #lanes = new WeakMap<object, Lane>()
  /** Those in which somebody waits, in the order in which they came. */
  #waiting: Lane[] = []
  #head = 0
  /** Whose turn it is; whoever comes to their lane meanwhile waits behind the other lanes. */
  #told: readonly Sending[] = none
  #next = 0
  /** They are looked at behind what runs now. */
  #asked = false
  /** When the present turn began. */
  #began: number | undefined
  #over = false
  #sent = 0
  /** The thread's processor time behind the first {@link checkEvery} writes of the present turn. */
  #used: number | undefined
  /** Writes and processor time of the turns since the last estimate. */
  #sampled = { writes: 0, time: 0 }
  /** How many are sent to in one turn. */
  #allowed = most
  readonly #time: () => number

  constructor(time = threadTime) {
    this.#time = time
  }

  /** Of those who share a connection; without one: of those who have one each. */
  lane(connection?: object): Lane {
    if (connection === undefined) return this.#alone
    let lane = this.#lanes.get(connection)
    if (lane === undefined) {
      lane = { waiting: [], writes: 0, shared: true }
      this.#lanes.set(connection, lane)
    }
    return lane
  }

  add(one: Sending): void {
    if (one.queued) return
    one.queued = true
    const { lane } = one
    if (lane.waiting.length === 0) this.#waiting.push(lane)
    lane.waiting.push(one)
    lane.writes += one.writes ?? 1
    if (this.#asked) return
    this.#asked = true
    // a tick comes behind all microtasks, and so behind the answers that go out in them
    process.nextTick(this.#begin)
  }

  readonly #begin = (): void => {
    this.#asked = false
    this.#goOn(this.#pass)
  }

  /** `then`: what comes behind the turn that begins by this. */
  #isOver(then: () => void): boolean {
    if (this.#began === undefined) {
      this.#began = performance.now()
      this.#over = false
      this.#sent = 1
      setImmediate(then)
      return false
    }
    if (this.#over) return true
    const looks = this.#sent % checkEvery === 0
    // few, as most often, are not worth a system call
    if (looks && this.#sent === checkEvery) this.#used = this.#time()
    this.#over = this.#sent === this.#allowed || (looks && performance.now() - this.#began >= longest)
    if (!this.#over) this.#sent++
    return this.#over
  }

  /** What reads from sockets asks for an immediate that still runs in the same turn of the loop, which has had its share. */
  readonly #pass = (): void => {
    if (this.#told === none && this.#waiting.length === 0) this.#turn()
    else {
      this.#settle()
      this.#over = true
      setImmediate(this.#turn)
    }
  }

  readonly #turn = (): void => {
    this.#settle()
    this.#began = undefined
    this.#goOn(this.#turn)
  }

  #goOn(then: () => void): void {
    do {
      for (; this.#next < this.#told.length; this.#next++) {
        if (this.#isOver(then)) return
        const one = this.#told[this.#next] as Sending
        // one that goes on may have been queued again meanwhile, for what has come since
        if (!one.partly) one.queued = false
        send(one)
        while (one.partly) {
          if (this.#isOver(then)) return
          send(one)
        }
      }
    } while (this.#nextLane())
  }

  /** False: none waits, or it does not fit into this turn. */
  #nextLane(): boolean {
    this.#told = none
    this.#next = 0
    const lane = this.#waiting[this.#head]
    if (lane === undefined) {
      this.#waiting = []
      this.#head = 0
      return false
    }
    if (!this.#fits(lane)) return false
    this.#head++
    this.#told = lane.waiting
    lane.waiting = []
    lane.writes = 0
    return true
  }

  /** A connection that begins in this turn, ends in it: written to in two it would cost twice the system calls and records. */
  #fits(lane: Lane): boolean {
    if (!lane.shared || this.#began === undefined) return true
    return this.#sent + lane.writes <= this.#allowed
  }

  /** What was sent in this turn has caused by now whatever it causes. */
  #settle(): void {
    if (this.#used !== undefined) this.#estimate(this.#sent - checkEvery, this.#time() - this.#used)
    this.#used = undefined
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
