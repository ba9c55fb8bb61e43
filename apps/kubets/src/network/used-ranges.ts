import { runScript } from './run-script.ts'

/** The IPv4 ranges that this machine routes to already: other clusters, Docker, VPNs, its own networks. Not those over `ownLink`. */
export async function usedRanges(ownLink = ''): Promise<string[]> {
  const routes = JSON.parse(await runScript('reading the routes', 'ip -4 -j route show table all')) as {
    dst?: string
    dev?: string
    type?: string
  }[]
  return routes
    .filter(route => ownLink === '' || route.dev !== ownLink)
    .map(route => route.dst ?? 'default')
    .filter(dst => dst !== 'default')
    .map(dst => (dst.includes('/') ? dst : `${dst}/32`))
}
