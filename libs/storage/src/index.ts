/** The versioned store (embedded, etcd) and the watch cache above it. */
export * from './key-value-store.ts'
export * from './watch-cache/contract.ts'
