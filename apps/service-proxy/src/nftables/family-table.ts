import type { IpFamily, ServicePort } from '../services/service-port.ts'
import { changeLines, emptyRuleset, needsNewTable } from './changes.ts'
import { type Ruleset, type RulesetOptions, ruleset } from './ruleset.ts'
import type { RunNft } from './run-nft.ts'
import { removalLines, type TableOptions, tableLines } from './table.ts'

export interface Applied {
  rules: Ruleset
  /** Written from scratch. */
  full: boolean
}

/** The table of one address family, and what is known to stand in it. */
export class FamilyTable {
  readonly family: IpFamily
  readonly #options: TableOptions
  readonly #nft: RunNft
  /** Undefined: unknown, so everything is written anew. */
  #state: Ruleset | undefined

  constructor(options: TableOptions, nft: RunNft) {
    this.family = options.family
    this.#options = options
    this.#nft = nft
  }

  /** The next {@link apply} writes all of it: somebody else may have been in the table. */
  forget(): void {
    this.#state = undefined
  }

  /** Brings the kernel to these ports, in one transaction. Rejects with nft's words; the kernel then is as it was. */
  async apply(
    ports: readonly ServicePort[],
    around: Pick<RulesetOptions, 'serviceCidrs' | 'nodePortIps'>,
  ): Promise<Applied> {
    const next = ruleset(ports, { ...this.#options, ...around })
    const old = this.#state
    const full = old === undefined || needsNewTable(old, next)
    const lines = full
      ? [...tableLines(this.#options), ...changeLines(emptyRuleset, next, this.family)]
      : changeLines(old, next, this.family)
    if (lines.length > 0) {
      this.#state = undefined
      await this.#nft(lines)
    }
    this.#state = next
    return { rules: next, full }
  }

  async remove(): Promise<void> {
    this.#state = undefined
    await this.#nft(removalLines(this.family))
  }
}
