/**
 * Adds what was found to a list. `to.push(...list)` hands each one over as an argument, and about 120,000 of them are more than the stack holds: what is
 * found in a client's object may be more. It costs less, too, as mostly nothing is found.
 */
export function append<T>(to: T[], list: readonly T[], ...more: readonly (readonly T[])[]): void {
  for (let i = 0; i < list.length; i++) to.push(list[i] as T)
  for (let i = 0; i < more.length; i++) append(to, more[i] as readonly T[])
}
