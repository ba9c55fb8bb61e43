/** Images on a node: the store of unpacked layers and the ways into it (archives, OCI layouts, registries). */
export type { ImageConfig, ImageRecord, ImageStore, Images } from './contract.ts'
export { InvalidImageError } from './oci.ts'
export { InvalidReferenceError, normalizeReference, parseReference } from './reference.ts'
export { type LoadOptions, loadImages } from './sources/load.ts'
export { type ImageStoreOptions, openImageStore, type WritableImageStore } from './store.ts'
