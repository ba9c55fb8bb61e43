/** A pod, and what makes many of it: what every kind of this group needs to be valid. */
export const podSpec = { containers: [{ name: 'c', image: 'busybox:1' }] }
export const template = { metadata: { labels: { app: 'web' } }, spec: podSpec }

const selector = { matchLabels: { app: 'web' } }

/** A valid workload with these fields in its spec, too. */
export const workload = (more: object = {}) => ({ spec: { selector, template, ...more } })
