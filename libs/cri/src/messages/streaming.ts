/** Commands, terminals and ports: a URL of a streaming server, or (ExecSync) the output itself. */
import type { Int64 } from './int64.ts'

export interface ExecSyncRequest {
  containerId: string
  cmd: string[]
  /** Seconds; 0: none. */
  timeout: Int64
}

export interface ExecSyncResponse {
  stdout: Buffer
  stderr: Buffer
  exitCode: number
}

export interface ExecRequest {
  containerId: string
  cmd: string[]
  tty: boolean
  stdin: boolean
  stdout: boolean
  stderr: boolean
}

export interface ExecResponse {
  url: string
}

export interface AttachRequest {
  containerId: string
  stdin: boolean
  tty: boolean
  stdout: boolean
  stderr: boolean
}

export interface AttachResponse {
  url: string
}

export interface PortForwardRequest {
  podSandboxId: string
  /** Only for port forwarding over WebSocket. */
  port: number[]
}

export interface PortForwardResponse {
  url: string
}
