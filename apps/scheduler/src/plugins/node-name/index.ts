import type { Plugin, Rejection } from '../../framework/plugin.ts'

const name = 'NodeName'
const other: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't match the requested node name"],
  resolvable: false,
}

/** A pod that names its node goes there or nowhere. */
export const nodeName: Plugin = {
  name,
  filter(pod, { nodes }) {
    if (pod.nodeName === '') return undefined
    return row => (nodes.names[row] === pod.nodeName ? undefined : other)
  },
  mayHelp: (event, pod, { nodes }) => event.kind === 'NodeAdd' && nodes.names[event.row] === pod.nodeName,
}
