import type * as M from './messages/index.ts'

/** What a method's caller and its server may know of the call beside the message. */
export interface CallContext {
  /** Aborts when the caller has gone or its deadline has passed. */
  signal: AbortSignal
}

export interface CallOptions {
  /** Ends the call. A unary call then rejects with the code CANCELLED, a stream just ends. */
  signal?: AbortSignal
  /** Milliseconds until the call fails with DEADLINE_EXCEEDED; 0: none. Default: the client's (streams: none). */
  timeoutMs?: number
}

interface Unary<Request, Response> {
  request: Request
  response: Response
  streams: false
}

interface Stream<Request, Response> {
  request: Request
  response: Response
  streams: true
}

interface Method {
  request: unknown
  response: unknown
  streams: boolean
}

type Handler<T extends Method> = T['streams'] extends true
  ? (request: T['request'], context: CallContext) => AsyncIterable<M.Loose<T['response']>>
  : (request: T['request'], context: CallContext) => Promise<M.Loose<T['response']>>

type Caller<T extends Method> = T['streams'] extends true
  ? (request: M.Loose<T['request']>, options?: CallOptions) => AsyncIterable<T['response']>
  : (request: M.Loose<T['request']>, options?: CallOptions) => Promise<T['response']>

/** What a runtime implements: requests arrive complete, answers may leave fields out. */
export type RuntimeService = { readonly [K in keyof RuntimeMethods]: Handler<RuntimeMethods[K]> }
/** What an image store implements. */
export type ImageService = { readonly [K in keyof ImageMethods]: Handler<ImageMethods[K]> }

/** What the kubelet calls: requests may leave fields out, answers are complete. */
export type RuntimeClient = { readonly [K in keyof RuntimeMethods]: Caller<RuntimeMethods[K]> }
export type ImageClient = { readonly [K in keyof ImageMethods]: Caller<ImageMethods[K]> }

/** Every method of `RuntimeService`: what is asked, what is answered. */
export interface RuntimeMethods {
  version: Unary<M.VersionRequest, M.VersionResponse>
  runPodSandbox: Unary<M.RunPodSandboxRequest, M.RunPodSandboxResponse>
  stopPodSandbox: Unary<M.StopPodSandboxRequest, M.StopPodSandboxResponse>
  removePodSandbox: Unary<M.RemovePodSandboxRequest, M.RemovePodSandboxResponse>
  podSandboxStatus: Unary<M.PodSandboxStatusRequest, M.PodSandboxStatusResponse>
  listPodSandbox: Unary<M.ListPodSandboxRequest, M.ListPodSandboxResponse>
  streamPodSandboxes: Stream<M.StreamPodSandboxesRequest, M.StreamPodSandboxesResponse>
  createContainer: Unary<M.CreateContainerRequest, M.CreateContainerResponse>
  startContainer: Unary<M.StartContainerRequest, M.StartContainerResponse>
  stopContainer: Unary<M.StopContainerRequest, M.StopContainerResponse>
  removeContainer: Unary<M.RemoveContainerRequest, M.RemoveContainerResponse>
  listContainers: Unary<M.ListContainersRequest, M.ListContainersResponse>
  streamContainers: Stream<M.StreamContainersRequest, M.StreamContainersResponse>
  containerStatus: Unary<M.ContainerStatusRequest, M.ContainerStatusResponse>
  updateContainerResources: Unary<M.UpdateContainerResourcesRequest, M.UpdateContainerResourcesResponse>
  reopenContainerLog: Unary<M.ReopenContainerLogRequest, M.ReopenContainerLogResponse>
  execSync: Unary<M.ExecSyncRequest, M.ExecSyncResponse>
  exec: Unary<M.ExecRequest, M.ExecResponse>
  attach: Unary<M.AttachRequest, M.AttachResponse>
  portForward: Unary<M.PortForwardRequest, M.PortForwardResponse>
  containerStats: Unary<M.ContainerStatsRequest, M.ContainerStatsResponse>
  listContainerStats: Unary<M.ListContainerStatsRequest, M.ListContainerStatsResponse>
  streamContainerStats: Stream<M.StreamContainerStatsRequest, M.StreamContainerStatsResponse>
  podSandboxStats: Unary<M.PodSandboxStatsRequest, M.PodSandboxStatsResponse>
  listPodSandboxStats: Unary<M.ListPodSandboxStatsRequest, M.ListPodSandboxStatsResponse>
  streamPodSandboxStats: Stream<M.StreamPodSandboxStatsRequest, M.StreamPodSandboxStatsResponse>
  updateRuntimeConfig: Unary<M.UpdateRuntimeConfigRequest, M.UpdateRuntimeConfigResponse>
  status: Unary<M.StatusRequest, M.StatusResponse>
  checkpointContainer: Unary<M.CheckpointContainerRequest, M.CheckpointContainerResponse>
  getContainerEvents: Stream<M.GetEventsRequest, M.ContainerEventResponse>
  listMetricDescriptors: Unary<M.ListMetricDescriptorsRequest, M.ListMetricDescriptorsResponse>
  listPodSandboxMetrics: Unary<M.ListPodSandboxMetricsRequest, M.ListPodSandboxMetricsResponse>
  streamPodSandboxMetrics: Stream<M.StreamPodSandboxMetricsRequest, M.StreamPodSandboxMetricsResponse>
  runtimeConfig: Unary<M.RuntimeConfigRequest, M.RuntimeConfigResponse>
  updatePodSandboxResources: Unary<M.UpdatePodSandboxResourcesRequest, M.UpdatePodSandboxResourcesResponse>
}

/** Every method of `ImageService`. */
export interface ImageMethods {
  listImages: Unary<M.ListImagesRequest, M.ListImagesResponse>
  streamImages: Stream<M.StreamImagesRequest, M.StreamImagesResponse>
  imageStatus: Unary<M.ImageStatusRequest, M.ImageStatusResponse>
  pullImage: Unary<M.PullImageRequest, M.PullImageResponse>
  removeImage: Unary<M.RemoveImageRequest, M.RemoveImageResponse>
  imageFsInfo: Unary<M.ImageFsInfoRequest, M.ImageFsInfoResponse>
}
