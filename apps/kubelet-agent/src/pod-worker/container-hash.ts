import { createHash } from 'node:crypto'
import type { Container } from '@kubets/api-types'

/** Changes when a running container no longer is what the spec says: its name or image. */
export function containerHash(container: Pick<Container, 'name' | 'image'>): string {
  const text = JSON.stringify({ name: container.name, image: container.image })
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
