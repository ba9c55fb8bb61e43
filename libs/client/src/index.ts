/** The house's own client: typed requests over one http2 session, informers, work queue, leader election, events. */

export * from './access/index.ts'
export { type ClientOptions, createClient, createTokenClients, type TokenClients, type TokenSource } from './client.ts'
export * from './contract.ts'
export {
  createEventRecorder,
  type EventRecorder,
  type EventRecorderOptions,
  type ObjectReference,
} from './event-recorder/create-event-recorder.ts'
export { type BackOffOptions, backOff } from './informer/back-off.ts'
export { type Informer, type InformerHandlers, type InformerOptions, startInformer } from './informer/start-informer.ts'
export { cacheKey, type IndexFunction, type Lister } from './informer/store.ts'
export { type FollowKubeconfigOptions, followKubeconfig } from './kubeconfig/follow-kubeconfig.ts'
export {
  type KubeconfigChoice,
  KubeconfigError,
  type KubeconfigSource,
  loadKubeconfig,
} from './kubeconfig/load-kubeconfig.ts'
export {
  type LeaderElectionOptions,
  LeadershipLostError,
  microTime,
  runLeaderElection,
} from './leader-election/run-leader-election.ts'
export { resources } from './resources.ts'
export { ClientUnavailableError, ConnectionError } from './transport/errors.ts'
export {
  createWorkQueue,
  type Outcome,
  type WorkQueue,
  type WorkQueueMetrics,
  type WorkQueueOptions,
} from './work-queue/create-work-queue.ts'
export { createRateLimiter, type RateLimiter, type RateLimiterOptions } from './work-queue/rate-limiter.ts'
