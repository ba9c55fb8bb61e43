import { styleText } from 'node:util'

/** One line a step: what was done and how long it took. Colour only on a terminal. */
export interface Progress {
  step<T>(label: string, work: Promise<T>, detail?: (result: T) => string): Promise<T>
  note(text: string): void
}

/** Where lines go: a terminal, a file, or the process that waits for a detached start. */
export interface ProgressOutput {
  write(text: string): unknown
  isTTY?: boolean
}

export function createProgress(out: ProgressOutput): Progress {
  const paint = (style: 'green' | 'red' | 'dim' | 'yellow', text: string) => (out.isTTY ? styleText(style, text) : text)
  return {
    async step(label, work, detail) {
      const started = performance.now()
      try {
        const result = await work
        const took = `${Math.round(performance.now() - started)} ms`
        const more = detail?.(result)
        out.write(
          `${paint('green', '✓')} ${label}${more ? ` ${paint('dim', more)}` : ''} ${paint('dim', `(${took})`)}\n`,
        )
        return result
      } catch (error) {
        out.write(`${paint('red', '✗')} ${label}\n`)
        throw error
      }
    },
    note: text => void out.write(`${paint('yellow', '!')} ${text}\n`),
  }
}
