type Listener = (signal: NodeJS.Signals) => void

/** Before anything has begun there is nothing to undo. */
const endAtOnce: Listener = () => process.exit(0)

let listener = endAtOnce
let taken = false

/**
 * From here on SIGTERM and SIGINT end this process as a service ends: with exit code 0, also while the rest of it is still being loaded. A program
 * calls it before it imports anything large; the first process of a container has no other way to end by a signal.
 */
export function takeSignals(): void {
  if (taken) return
  taken = true
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => listener(name))
}

/** What the next signal does, instead of what it did. */
export function onSignal(next: Listener): void {
  listener = next
}
