/** What to do about a connection that never stood; TLS says only what it saw. */
const advice: readonly (readonly [RegExp, string])[] = [
  [
    /unable to verify|self.signed certificate|unable to get (local )?issuer/i,
    "etcd's certificate is not signed by an authority in --etcd-cafile",
  ],
  [
    /does not match certificate's altnames|ERR_TLS_CERT_ALTNAME_INVALID/i,
    "etcd's certificate does not name that host: use a name that stands in it in --etcd-servers, or make another certificate",
  ],
  [
    /certificate has expired|certificate is not yet valid/i,
    "etcd's certificate is not valid now: renew it, or set the clock",
  ],
  [
    /certificate required|bad certificate|unknown ca|alert (number )?(42|48|116)/i,
    'etcd does not accept our certificate: --etcd-certfile and --etcd-keyfile must be a pair that an authority in its --trusted-ca-file signed for clients',
  ],
  [
    /wrong version number|packet length too long|unsupported protocol/i,
    'what listens there does not speak TLS: write http:// in --etcd-servers',
  ],
]

/** The advice for an error's text, if there is one. */
export function adviceFor(text: string): string | undefined {
  return advice.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * A server that does not speak TLS closes the connection at our first bytes: it depends on the moment which of the two
 * errors that is. One that is only just starting closes connections too, so it may be worth waiting.
 */
const closedAtOnce = /disconnected before secure TLS connection|No connection established.*ECONNRESET/is

/** What to try with servers that never answered and say no reason. */
export function adviceForSilence(text: string, endpoints: readonly string[]): string | undefined {
  if (!closedAtOnce.test(text) || !endpoints.some(endpoint => endpoint.startsWith('https:'))) return undefined
  return 'if it does not speak TLS, write http:// in --etcd-servers'
}

/** Whether waiting cannot help: certificates and passwords do not mend themselves. */
export function isHopeless(text: string): boolean {
  return (
    advice.some(([pattern]) => pattern.test(text)) ||
    /authentication failed|user name is empty|permission denied/.test(text)
  )
}
