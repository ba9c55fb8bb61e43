import type { ImageService } from '@kubets/cri'

/** The part of an OCI image configuration that starts containers (OCI image-spec, config.md). */
export interface ImageConfig {
  /** `uid`, `uid:gid`, `name` or `name:group`; empty: root. */
  User?: string
  Env?: readonly string[]
  Entrypoint?: readonly string[] | null
  Cmd?: readonly string[] | null
  WorkingDir?: string
  /** `SIGTERM` or a number. */
  StopSignal?: string
  Labels?: Readonly<Record<string, string>> | null
  Volumes?: Readonly<Record<string, object>> | null
  ExposedPorts?: Readonly<Record<string, object>> | null
}

/** An image that is whole on this node. */
export interface ImageRecord {
  /** `sha256:…` of the configuration. */
  id: string
  repoTags: readonly string[]
  repoDigests: readonly string[]
  /** Bytes on disk. */
  size: number
  config: ImageConfig
  /** Unpacked layers, lowest first: absolute paths. All lie in {@link ImageStore.layersDir}, under short names (`l/17`). */
  layers: readonly string[]
}

/** What containers need of the image store. */
export interface ImageStore {
  /** The folder that holds every unpacked layer: overlay mounts name layers relative to it. Absolute. */
  readonly layersDir: string
  /** Finds an image by id (with or without `sha256:`), tag, digest or familiar name; `undefined` when it is not on this node. */
  resolve(reference: string): ImageRecord | undefined
  /**
   * Says that a container is made of this image, or a mount shows it: removal of the image then keeps its layers until the
   * handle is disposed. Containers take theirs again after a restart, before any removal is served.
   */
  hold(imageId: string): Disposable
}

/** The room `images/` and `image-service/`: the store and the CRI service over it, started together. */
export interface Images extends AsyncDisposable {
  store: ImageStore
  service: ImageService
}
