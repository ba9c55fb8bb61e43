import type { PriorityLevelConfiguration } from '../../types.ts'

const defaults = { shares: 30, queues: 64, handSize: 8, queueLengthLimit: 50 }

export function applyDefaults({ spec }: PriorityLevelConfiguration): void {
  const { limited, exempt } = spec ?? ({} as NonNullable<typeof spec>)
  if (limited !== undefined) {
    limited.nominalConcurrencyShares ??= defaults.shares
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (queuing !== undefined) {
      queuing.handSize ||= defaults.handSize
      queuing.queues ||= defaults.queues
      queuing.queueLengthLimit ||= defaults.queueLengthLimit
    }
  }
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0
    exempt.lendablePercent ??= 0
  }
}
