import { takeSignals } from '@kubets/component/signals'

// a signal while the rest is loaded ends the service as a later one does
takeSignals()
await import('./service.ts')
