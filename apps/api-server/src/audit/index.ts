/** What is recorded of requests, and where to: `audit.k8s.io/v1`. */
export { type AuditFlagValues, auditFlags, auditOptions } from './flags.ts'
export { type Audit, type AuditOptions, startAudit } from './start-audit.ts'
