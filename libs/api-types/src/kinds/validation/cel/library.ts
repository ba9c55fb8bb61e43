import type * as Cel from '@kubets/cel'

let loaded: typeof Cel | undefined

/** CEL takes time and memory to load: a start does not, and the first write of an object with expressions does (`Strategy.ready`). */
export async function loadCel(): Promise<void> {
  loaded ??= await import('@kubets/cel')
}

/** What {@link loadCel} loaded. @throws where nobody called it. */
export function cel(): typeof Cel {
  if (loaded === undefined) throw new Error('CEL was not loaded: the strategy of a kind with expressions needs `ready`')
  return loaded
}
