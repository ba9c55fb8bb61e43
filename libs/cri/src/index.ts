/** CRI v1: its messages, the two services as interfaces, a client and a server over a unix socket. */
export { type ConnectCriOptions, type CriClient, connectCri } from './client.ts'
export {
  codeOf,
  isAlreadyExists,
  isCancelled,
  isDeadlineExceeded,
  isInvalidArgument,
  isNotFound,
  isResourceExhausted,
  isUnavailable,
  isUnimplemented,
  type RpcCode,
  RpcError,
  rpcCode,
} from './errors.ts'
export { createFakeRuntime, type FakeRuntime, type FakeRuntimeOptions, fakeRuntimeName } from './fake/index.ts'
export { connectInProcess } from './in-process.ts'
export type * from './messages/index.ts'
export type {
  CallContext,
  CallOptions,
  ImageClient,
  ImageMethods,
  ImageService,
  RuntimeClient,
  RuntimeMethods,
  RuntimeService,
} from './methods.ts'
export { type ServeCriOptions, serveCri } from './server.ts'
