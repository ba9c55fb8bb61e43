import { runScript } from './run-script.ts'

/** The IPv4 ranges that this machine routes to already: other clusters, Docker, VPNs, its own networks. */
export async function usedRanges(): Promise<string[]> {
  const routes = JSON.parse(await runScript('reading the routes', 'ip -4 -j route show table all')) as {
    dst?: string
    type?: string
  }[]
  return routes
    .map(route => route.dst ?? 'default')
    .filter(dst => dst !== 'default')
    .map(dst => (dst.includes('/') ? dst : `${dst}/32`))
}
