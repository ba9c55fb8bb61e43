import type { ResourceEntry } from '../catalogue/contract.ts'

/** One list of entries of different kinds: what is typed inside a kind's folder is any object outside of it. */
export const entries = (list: readonly unknown[]): readonly ResourceEntry[] => list as readonly ResourceEntry[]
