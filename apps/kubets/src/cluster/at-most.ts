/** Does something for each of them, so many at a time and in their order. Rejects with the first failure; nothing new begins after it. */
export async function atMost<T>(limit: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items]
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await work(item)
      } catch (error) {
        rest.length = 0
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker))
}
