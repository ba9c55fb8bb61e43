import { createHash } from 'node:crypto'
import type { Image } from '../messages/index.ts'
import type { ImageService } from '../methods.ts'
import type { FakeState } from './state.ts'

const nanos = (ms: number) => String(BigInt(ms) * 1_000_000n)

/** Images that are "pulled" at once: any name is there after PullImage, of size 0 and with an id made of its name. */
export function fakeImageService(state: FakeState, now: () => number): ImageService {
  const find = (name: string) => findImage(state, name)
  return {
    async listImages({ filter }) {
      const name = filter?.image?.image
      const one = name ? find(name) : undefined
      return { images: name ? (one ? [one] : []) : [...state.images.values()] }
    },
    async *streamImages() {
      yield { images: [...state.images.values()] }
    },
    async imageStatus({ image }) {
      const found = find(image?.image ?? '')
      return found === undefined ? {} : { image: found }
    },
    async pullImage({ image }) {
      const name = normalize(image?.image ?? '')
      const id = `sha256:${createHash('sha256').update(name).digest('hex')}`
      const repository = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
      state.images.set(name, {
        id,
        repoTags: name.includes('@') ? [] : [name],
        repoDigests: [`${repository}@${id}`],
        size: '0',
        uid: null,
        username: '',
        spec: { image: name, annotations: {}, userSpecifiedImage: '', runtimeHandler: '', imageRef: '' },
        pinned: false,
      })
      state.changed()
      return { imageRef: `${repository}@${id}` }
    },
    async removeImage({ image }) {
      const found = find(image?.image ?? '')
      if (found !== undefined)
        for (const [name, other] of state.images) if (other.id === found.id) state.images.delete(name)
      state.changed()
      return {}
    },
    async imageFsInfo() {
      return { imageFilesystems: [{ timestamp: nanos(now()), usedBytes: { value: '0' }, inodesUsed: { value: '0' } }] }
    },
  }
}

/** By any way to write its name, or by its id. */
export function findImage(state: FakeState, name: string): Image | undefined {
  return state.images.get(normalize(name)) ?? [...state.images.values()].find(image => image.id === name)
}

/** `busybox` is `docker.io/library/busybox:latest`, as runtimes list it. */
function normalize(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const hasRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost')
  const full = hasRegistry ? name : rest.length > 0 ? `docker.io/${name}` : `docker.io/library/${name}`
  return full.includes('@') || /:[^/]+$/.test(full) ? full : `${full}:latest`
}
