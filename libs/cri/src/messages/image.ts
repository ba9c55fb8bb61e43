/** Images. */
import type { Int64 } from './int64.ts'
import type { PodSandboxConfig } from './pod-sandbox.ts'
import type { FilesystemUsage } from './usage.ts'
import type { Int64Value } from './values.ts'

export interface ImageSpec {
  image: string
  annotations: Record<string, string>
  /** As it stands in the pod's spec. */
  userSpecifiedImage: string
  runtimeHandler: string
  imageRef: string
}

export interface ImageFilter {
  image: ImageSpec | null
}

export interface Image {
  /** Digest of the image's configuration. */
  id: string
  repoTags: string[]
  repoDigests: string[]
  size: Int64
  /** The user that the image names by number, or `username`. */
  uid: Int64Value | null
  username: string
  spec: ImageSpec | null
  /** Never removed by garbage collection. */
  pinned: boolean
}

export interface AuthConfig {
  username: string
  password: string
  /** Base64 of username:password. */
  auth: string
  serverAddress: string
  identityToken: string
  registryToken: string
}

export interface ListImagesRequest {
  filter: ImageFilter | null
}

export interface ListImagesResponse {
  images: Image[]
}

export interface StreamImagesRequest {
  filter: ImageFilter | null
}

export interface StreamImagesResponse {
  images: Image[]
}

export interface ImageStatusRequest {
  image: ImageSpec | null
  verbose: boolean
}

export interface ImageStatusResponse {
  image: Image | null
  info: Record<string, string>
}

export interface PullImageRequest {
  image: ImageSpec | null
  auth: AuthConfig | null
  sandboxConfig: PodSandboxConfig | null
}

export interface PullImageResponse {
  imageRef: string
}

export interface RemoveImageRequest {
  image: ImageSpec | null
}

export type RemoveImageResponse = Record<never, never>

export type ImageFsInfoRequest = Record<never, never>

export interface ImageFsInfoResponse {
  imageFilesystems: FilesystemUsage[]
  containerFilesystems: FilesystemUsage[]
}
