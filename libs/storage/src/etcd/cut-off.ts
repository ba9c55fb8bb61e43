import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface MemberPorts {
  name: string
  client: number
  peer: number
}

/** The user that a member runs as: no other process does, as no such user exists. */
export const userOf = ({ client }: MemberPorts): number => 100_000 + client

/**
 * Drops what a member and the others say to each other; clients still reach it. Only packets of the members' own users are looked at: the port that a
 * member listens on is the local port of a stranger's connection now and then (of another address, or when the member is long gone), which would wait for ever.
 */
export function cutOff(own: MemberPorts, others: readonly MemberPorts[]): Disposable {
  clearLeft()
  const table = `${prefix}${process.pid}_${own.client}`
  const set = (numbers: readonly number[]) => `{ ${numbers.join(', ')} }`
  nft(
    ['-f', '-'],
    [
      `table inet ${table} {`,
      '  chain output {',
      '    type filter hook output priority 0;',
      `    meta skuid ${userOf(own)} tcp dport ${set(others.map(({ peer }) => peer))} drop`,
      `    meta skuid ${userOf(own)} tcp sport ${own.peer} drop`,
      `    meta skuid ${set(others.map(userOf))} tcp dport ${own.peer} drop`,
      '  }',
      '}',
    ].join('\n'),
  )
  return { [Symbol.dispose]: () => void nft(['delete', 'table', 'inet', table]) }
}

const prefix = 'kubets_etcd_'
const ours = new RegExp(`^table inet (${prefix}(\\d+)_\\d+)$`, 'gm')

/** A test that is killed leaves its table in the kernel. Those of processes that are no more go. */
function clearLeft(): void {
  for (const [, table = '', pid] of nft(['list', 'tables', 'inet']).matchAll(ours)) {
    if (existsSync(`/proc/${pid}`)) continue
    try {
      nft(['delete', 'table', 'inet', table])
    } catch (error) {
      // another test that starts may have been quicker
      if (nft(['list', 'tables', 'inet']).includes(`${table}\n`)) throw error
    }
  }
}

const nft = (args: readonly string[], input = ''): string =>
  execFileSync('nft', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
