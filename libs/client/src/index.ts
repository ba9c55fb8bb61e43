/** The house's own client: typed requests over one http2 session, informers, work queue, leader election, events. */
export * from './contract.ts'
export { resources } from './resources.ts'
