import type { ResourceEntry } from '../catalogue/contract.ts'

/** One list of entries of different kinds: what is typed inside a kind's folder is any object outside of it. */
export const entries = (list: readonly unknown[]): readonly ResourceEntry[] => list as readonly ResourceEntry[]

/** The same entries as versions that are deprecated and go away, in upstream's words: every request for one is answered with a warning. */
export const deprecated = (
  list: readonly ResourceEntry[],
  since: string,
  unavailable: string,
  /** `storage.k8s.io/v1`: where the same kind is to be found. */
  instead?: string,
): readonly ResourceEntry[] =>
  list.map(entry => ({
    ...entry,
    deprecation: `${entry.group}/${entry.version} ${entry.kind} is deprecated in ${since}+, unavailable in ${unavailable}+${instead === undefined ? '' : `; use ${instead} ${entry.kind}`}`,
  }))
