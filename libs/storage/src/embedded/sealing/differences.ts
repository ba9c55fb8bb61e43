/** What only one of two lists has. Both are in the order of keys, and mostly the same. */
export function differences(now: readonly number[], before: readonly number[]): { added: number[]; gone: number[] } {
  const most = Math.min(now.length, before.length)
  let same = 0
  while (same < most && now[same] === before[same]) same++
  let added: number[] = []
  let gone: number[] = []
  if (now.length === before.length) {
    for (let i = same; i < most; i++) {
      if (now[i] === before[i]) continue
      added.push(now[i] as number)
      gone.push(before[i] as number)
    }
  } else {
    let end = 0
    while (end < most - same && now[now.length - 1 - end] === before[before.length - 1 - end]) end++
    added = now.slice(same, now.length - end)
    gone = before.slice(same, before.length - end)
  }
  if (added.length < 2 && gone.length < 2) return { added, gone }
  // one that moved
  const were = new Set(gone)
  const both = new Set(added.filter(page => were.has(page)))
  if (both.size === 0) return { added, gone }
  return { added: added.filter(page => !both.has(page)), gone: gone.filter(page => !both.has(page)) }
}
