/** Longer lists are sorted natively. */
const maxInserted = 24

/**
 * Sorts in place. What is sorted here is mostly short and mostly in order, and the native sort copies the list to and fro for each. Equal items keep
 * their order, as there.
 */
export function sortShort<T>(list: T[], compare: (a: T, b: T) => number): T[] {
  if (list.length > maxInserted) return list.sort(compare)
  for (let i = 1; i < list.length; i++) {
    const item = list[i] as T
    let at = i
    for (; at > 0 && compare(list[at - 1] as T, item) > 0; at--) list[at] = list[at - 1] as T
    if (at !== i) list[at] = item
  }
  return list
}
