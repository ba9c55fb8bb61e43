/** A request's target as it may be written down: a token in the query (nobody is believed for it, but browsers' clients once sent it so) stays the client's. */
export function shownTarget(target: string): string {
  return target.includes('access_token=') ? target.replaceAll(/access_token=[^&]*/g, 'access_token=***') : target
}
