import type { Image } from '@kubets/cri'
import type { ImageRecord } from '../images/contract.ts'

/** An image as CRI tells it. The user is told by number where the image has one, else by name (`uid` is then unset). */
export function toCriImage(record: ImageRecord): Image {
  const user = (record.config.User ?? '').split(':')[0] ?? ''
  const isNumber = /^\d+$/.test(user)
  return {
    id: record.id,
    repoTags: [...record.repoTags],
    repoDigests: [...record.repoDigests],
    size: String(record.size),
    uid: isNumber ? { value: String(Number(user)) } : null,
    username: isNumber ? '' : user,
    spec: null,
    pinned: false,
  }
}
