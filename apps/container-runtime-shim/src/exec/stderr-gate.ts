import { Transform } from 'node:stream'

/**
 * Lets the command's stderr through and keeps runc's own out: runc says on the same stream why it could not start a command,
 * and that goes into the error instead. Nothing passes before the command is known to run.
 * @param started whether it runs; asked again every few milliseconds while bytes wait
 */
export function stderrGate(started: () => boolean): Transform {
  let open = false
  let held: Buffer[] = []
  let timer: NodeJS.Timeout | undefined
  const release = (gate: Transform) => {
    if (open || !started()) return
    open = true
    clearInterval(timer)
    for (const chunk of held) gate.push(chunk)
    held = []
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      release(this)
      if (open) this.push(chunk)
      else {
        held.push(chunk) // bound: a pipe that is not read past the stream's own buffer, and runc prints lines
        timer ??= setInterval(() => release(this), 5)
      }
      done()
    },
    flush(done) {
      release(this)
      clearInterval(timer)
      done()
    },
    destroy(error, done) {
      clearInterval(timer)
      done(error)
    },
  })
}
