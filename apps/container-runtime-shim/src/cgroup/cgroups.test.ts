import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCgroups } from './cgroups.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroups-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Files of a recorded tree. */
function record(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}

test('a tree of cgroup v1', () => {
  record({
    'cpuacct/pod/cpuacct.usage': '123456789\n',
    'memory/pod/memory.usage_in_bytes': '10000000\n',
    'memory/pod/memory.limit_in_bytes': '67108864\n',
    'memory/pod/memory.memsw.limit_in_bytes': '9223372036854771712\n',
    'memory/pod/memory.stat':
      'cache 5\nrss 6\npgfault 1\ntotal_rss 4096\ntotal_inactive_file 1000000\ntotal_pgfault 77\ntotal_pgmajfault 3\ntotal_swap 12\n',
    'memory/pod/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    'pids/pod/pids.current': '4\n',
    'memory/cgroup.procs': '',
  })
  const cgroups = openCgroups(root)
  expect(cgroups.version).toBe(1)
  expect(cgroups.usage('/pod')).toEqual({
    cpuNanos: 123456789n,
    memory: {
      usage: 10000000n,
      workingSet: 9000000n,
      rss: 4096n,
      limit: 67108864n,
      pageFaults: 77n,
      majorPageFaults: 3n,
    },
    swap: { usage: 12n, limit: undefined },
    processes: 4,
  })
  expect(cgroups.oomKills('/pod')).toBe(2)
  expect(cgroups.usage('/gone')).toBeUndefined()
  expect(cgroups.oomKills('/gone')).toBe(0)
  cgroups.place('/conmon', 42)
  expect(readFileSync(join(root, 'memory/conmon/cgroup.procs'), 'utf8')).toBe('42')
})

test('a tree of cgroup v2', () => {
  record({
    'cgroup.controllers': 'cpu memory pids\n',
    'pod/cpu.stat': 'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\n',
    'pod/memory.current': '10000000\n',
    'pod/memory.max': 'max\n',
    'pod/memory.stat': 'anon 4096\ninactive_file 11000000\npgfault 77\npgmajfault 3\n',
    'pod/memory.events': 'low 0\noom 1\noom_kill 1\n',
    'pod/memory.swap.current': '7\n',
    'pod/memory.swap.max': '100\n',
    'pod/pids.current': '2\n',
  })
  const cgroups = openCgroups(root)
  expect(cgroups.version).toBe(2)
  expect(cgroups.usage('/pod')).toEqual({
    cpuNanos: 5000000n,
    memory: { usage: 10000000n, workingSet: 0n, rss: 4096n, limit: undefined, pageFaults: 77n, majorPageFaults: 3n },
    swap: { usage: 7n, limit: 100n },
    processes: 2,
  })
  expect(cgroups.oomKills('/pod')).toBe(1)
  cgroups.place('/conmon', 42)
  expect(readFileSync(join(root, 'conmon/cgroup.procs'), 'utf8')).toBe('42')
})
