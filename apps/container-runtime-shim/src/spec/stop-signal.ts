import type { Signal } from '@kubets/cri'

/** The kernel's name or number for what the pod (CRI's enum) or the image (`SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`) asks for. */
export function stopSignal(asked: Signal, image: string | undefined): string {
  const name =
    asked !== 'RUNTIME_DEFAULT' ? asked.replace('PLUS', '+').replace('MINUS', '-') : (image ?? '').toUpperCase()
  if (name === '') return 'SIGTERM'
  const realTime = /^(?:SIG)?RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name)
  if (realTime) {
    const base = realTime[1] === 'MIN' ? 34 : 64
    const offset = Number(realTime[3] ?? 0)
    return String(realTime[2] === '-' ? base - offset : base + offset)
  }
  if (/^\d+$/.test(name)) return name
  const full = name.startsWith('SIG') ? name : `SIG${name}`
  return aliases[full] ?? full
}

/** Names of CRI that runc does not know, by the name it does. */
const aliases: Record<string, string> = { SIGCLD: 'SIGCHLD', SIGPOLL: 'SIGIO', SIGIOT: 'SIGABRT' }
