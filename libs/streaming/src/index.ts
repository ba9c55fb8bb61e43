/** Exec, attach and port-forward as kubectl, client libraries and crictl speak them: server, pass-through proxy and clients. */

export * from './client/index.ts'
export {
  type AttachStreamRequest,
  type CommandSession,
  type ExecStreamRequest,
  type ExitResult,
  type PortForwardStreamRequest,
  type StreamingHandlers,
  type StreamingServer,
  type StreamingServerOptions,
  StreamRequestError,
  type TerminalSize,
} from './contract.ts'
export { answerUpgrade, type PlainAnswer } from './http/answer.ts'
export { dialMessage, hostPort } from './http/dial-message.ts'
export type { ProxiedAt } from './proxy/links.ts'
export { type ProxyRequestOptions, type ProxyResponse, proxyRequest } from './proxy/request.ts'
export type { ProxyTarget } from './proxy/target.ts'
export { type ProxyUpgradeOptions, proxyUpgrade } from './proxy/upgrade.ts'
export { startStreamingServer } from './server.ts'
export {
  type AcceptedWebSocket,
  createWebSocketAcceptor,
  isWebSocketRequest,
  requestedProtocols,
  type WebSocketAcceptor,
} from './websocket/accept.ts'
