const minute = 60_000
/** Clocks of machines differ. Less than the shortest life that can be asked for. */
const backdate = 5 * minute
const shortest = 10 * minute
/** Under this the five minutes would be missed at the end. */
const short = 480 * minute

/** From when to when a certificate is valid; milliseconds. @throws Error when its authority is over. Pure. */
export function validity(
  wantedSeconds: number | undefined,
  longest: number,
  authorityEnd: number,
  now: number,
): { notBefore: number; notAfter: number } {
  const wanted = wantedSeconds === undefined ? longest : wantedSeconds * 1_000
  const life = wanted > longest ? longest : wantedSeconds === undefined ? longest : Math.max(wanted, shortest)
  if (now - backdate >= authorityEnd)
    throw new Error(`the signer has expired: NotAfter=${new Date(authorityEnd).toISOString()}`)
  if (now >= authorityEnd) {
    throw new Error(
      `refusing to sign a certificate that expired in the past: NotAfter=${new Date(authorityEnd).toISOString()}`,
    )
  }
  return { notBefore: now - backdate, notAfter: Math.min(now + (life < short ? life : life - backdate), authorityEnd) }
}
