import { execute } from './cluster-harness.ts'

/** What a cluster may have left in the kernel or on disk, one line each; its directory's own files are its state. */
export async function leftInKernel(directory: string, id: string): Promise<string> {
  const found = await execute([
    'sh',
    '-c',
    `ps -eo pid,args | grep -F -- "$1" | grep -v -e 'grep -F' -e 'sh -c'
     ls -d /run/kubets/${id} 2>/dev/null
     ip -br link | grep kbt${id}
     nft list tables | grep ${id}
     grep kubets/${id} /proc/self/mountinfo
     find /sys/fs/cgroup -maxdepth 3 -path '*kubets/${id}*'
     true`,
    'sh',
    directory,
  ])
  return found.stdout
}
