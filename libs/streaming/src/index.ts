/** Exec, attach and port-forward as kubectl, client libraries and crictl speak them: server, pass-through proxy and clients. */
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
