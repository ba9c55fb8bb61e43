/** Clients of the streaming protocols. */
export { type ExecClientOptions, execOverSpdy, execOverWebSocket, exitCodeOf, type RemoteCommand } from './exec.ts'
export {
  type ForwardedConnection,
  type PortForwardSession,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
} from './port-forward.ts'
export { UpgradeRefused } from './upgrade.ts'
