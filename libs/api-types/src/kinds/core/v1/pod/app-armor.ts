import type { Container } from '../../../../wire.ts'
import { type Annotations, appArmorContainer } from './annotations.ts'

export type AppArmorProfile = NonNullable<NonNullable<Container['securityContext']>['appArmorProfile']>

const local = 'localhost/'

/** The profile that an annotation of a container stands for; undefined for what is none. */
export function profileOfAnnotation(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  if (!annotation.startsWith(local) || annotation.length === local.length) return undefined
  return { type: 'Localhost', localhostProfile: annotation.slice(local.length) }
}

export const appArmorAnnotation = (annotations: Annotations | undefined, container: string): string | undefined =>
  annotations?.[appArmorContainer + container]

/** The annotation that a profile would be written as. */
export function annotationOfProfile({ type, localhostProfile = '' }: AppArmorProfile): string {
  if (type === 'Localhost') return local + localhostProfile
  return type === 'RuntimeDefault' ? 'runtime/default' : 'unconfined'
}
