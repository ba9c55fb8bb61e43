/**
 * Where a commit has more changes than that, as a rule, so many writers wait for it that a journal gains them nothing: it would make commits shorter, and so more of them,
 * each of which every watcher is told of. So do long ones.
 */
const few = 4
const longest = 32 * 1024

/** How many commits the rule is made of. */
const remembered = 8

/** Which commits go by the journal. */
export class JournalRule {
  /** How many changes a commit has. */
  #usual = 0

  /** Whether this one does, the next of all. */
  takes(changes: number, bytes: number): boolean {
    this.#usual += (changes - this.#usual) / remembered
    return this.#usual <= few && bytes <= longest
  }
}
