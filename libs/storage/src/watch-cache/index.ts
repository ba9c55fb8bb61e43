/** The watch cache: the present state of the store and a window of its past, in memory, for all reads and watches. */
export { createWatchCache, type WatchCacheOptions } from './cache.ts'
export * from './contract.ts'
