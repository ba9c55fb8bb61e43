import { MAX_NODE_SCORE, type Plugin } from '../../framework/plugin.ts'

const MB = 1024 * 1024
/** Bytes of present images at which the score begins, and of which each container can add to its top. */
const MIN_THRESHOLD = 23 * MB
const MAX_CONTAINER_THRESHOLD = 1_000 * MB

/** Prefers nodes that have the pod's images; an image counts less the fewer nodes have it, so that it does not draw all pods to one. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  score({ template: { images } }, { nodes }) {
    const known = images.filter(image => nodes.imageSpread.has(image))
    if (known.length === 0) return undefined
    const total = nodes.order.length
    const top = MAX_CONTAINER_THRESHOLD * images.length
    return row => {
      const present = nodes.node(row).images
      let sum = 0
      for (const image of known) {
        const size = present.get(image)
        if (size !== undefined) sum += Math.floor((size * (nodes.imageSpread.get(image) ?? 0)) / total)
      }
      const clamped = Math.min(Math.max(sum, MIN_THRESHOLD), top)
      return Math.floor((MAX_NODE_SCORE * (clamped - MIN_THRESHOLD)) / (top - MIN_THRESHOLD))
    }
  },
}
