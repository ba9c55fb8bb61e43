/** Turns growing counters into rates: nano-cores since the sample before. Forgets who was not asked about for ten minutes. */
export class CpuRate {
  readonly #samples = new Map<string, { at: number; nanos: bigint; rate: bigint }>()

  /** @param now milliseconds. `undefined` at the first sample. */
  sample(id: string, nanos: bigint, now: number): bigint | undefined {
    const before = this.#samples.get(id)
    const elapsed = before ? now - before.at : 0
    // asked twice within a moment: the same answer, since so short a window says nothing
    if (before && elapsed < 500) return before.rate < 0n ? undefined : before.rate
    const rate = before && nanos >= before.nanos ? ((nanos - before.nanos) * 1_000n) / BigInt(elapsed) : -1n
    this.#samples.delete(id)
    this.#samples.set(id, { at: now, nanos, rate })
    for (const [old, { at }] of this.#samples) {
      if (now - at < 600_000) break // the map is in the order of sampling
      this.#samples.delete(old)
    }
    return rate < 0n ? undefined : rate
  }
}
