/** What every service shares: flags, logs, health and metrics, the clock, start and stop. */
export { type CertificateFigures, CertificateFiles, type NamedFile } from './follow/certificate-files.ts'
export { registerCertificateMetrics } from './follow/certificate-metrics.ts'
export { type FollowFilesOptions, followFiles } from './follow/follow-files.ts'
export { type Changeable, changeable, type Followed, fixed, followedOf, mapFollowed } from './follow/followed.ts'
export {
  type HealthCheck,
  type HealthEndpoint,
  type HealthServer,
  type HealthServerOptions,
  type Refusal,
  runChecks,
  serveHealth,
} from './health-server.ts'
export { http2Request, renewTable, renewTablesOf, withPlainBind } from './http2-request.ts'
export {
  type LeaderElectionSettings,
  leaderElectionFlags,
  leaderElectionSettings,
} from './leader-election-flags.ts'
export { createLogger, type Logger, type LoggerOptions, silentLogger } from './logger.ts'
export * from './plain.ts'
export { type MainOptions, runMain } from './run-main.ts'
export { limitConnections, serverLimits } from './server-limits.ts'
export { endAfterPeer, endBothSides, keepHalfOpen } from './tls/end-after-peer.ts'
export { guardReads } from './tls/guard-reads.ts'
export { type NamedContexts, type NamedPair, namedContexts } from './tls/named-contexts.ts'
export { readOn } from './tls/read-on.ts'
export { keepServerContext, type ServerContextOptions } from './tls/server-context.ts'
export { type SelfSigned, type ServingCertificateOptions, servingCertificate } from './tls/serving-certificate.ts'
export { chainOf, shownCertificate } from './tls/shown-certificate.ts'
export { servingDefaults, type TlsVersion, tlsSettings } from './tls-settings.ts'
export { TransientMap } from './transient-map.ts'
