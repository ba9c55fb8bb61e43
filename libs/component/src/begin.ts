import { takeSignals } from './signals.ts'

/**
 * What a service's program does before it imports anything large: a signal meanwhile ends it as a later one does, and what runs from the sources finds them
 * without searching.
 */
export async function begin(): Promise<void> {
  takeSignals()
  if (import.meta.filename.endsWith('.ts')) await import('./quick-imports.ts')
}
