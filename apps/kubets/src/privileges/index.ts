/** What the control plane may do: as whom its services run when root starts them, what is theirs, what they see. */
export { clusterFiles } from './cluster-files.ts'
export { type LoweredPrivileges, lowerPrivileges } from './lower-privileges.ts'
export { type PreparedPrivileges, preparePrivileges } from './prepare-privileges.ts'
