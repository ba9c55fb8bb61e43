import { begin } from '@kubets/component/begin'

await begin()
await import('./service.ts')
