/** A value that may be replaced while the service runs: what stands in a file, most often. */
export interface Followed<T> {
  readonly current: T
  /** Told after each change, in the order of asking. What a listener throws is nobody else's business. */
  onChange(listener: (value: T) => void): void
}

/** The same for good. */
export const fixed = <T>(current: T): Followed<T> => ({ current, onChange: () => undefined })

/** An option that is given as it is, or followed. */
export const followedOf = <T>(value: T | Followed<T>): Followed<T> => (isFollowed(value) ? value : fixed(value))

const isFollowed = <T>(value: T | Followed<T>): value is Followed<T> =>
  typeof value === 'object' && value !== null && 'current' in value && 'onChange' in value

export interface Changeable<T> extends Followed<T> {
  set(value: T): void
}

/** @param failed told what a listener throws: the others are told all the same. */
export function changeable<T>(first: T, failed: (error: unknown) => void): Changeable<T> {
  const listeners: ((value: T) => void)[] = []
  let current = first
  return {
    get current() {
      return current
    },
    onChange: listener => void listeners.push(listener),
    set(value) {
      current = value
      for (const listener of listeners) {
        try {
          listener(value)
        } catch (error) {
          failed(error)
        }
      }
    },
  }
}

/** What follows from a followed value. */
export function mapFollowed<T, R>(
  source: Followed<T>,
  map: (value: T) => R,
  failed: (error: unknown) => void,
): Followed<R> {
  const result = changeable(map(source.current), failed)
  source.onChange(value => result.set(map(value)))
  return result
}
