import { type ResolveFnOutput, registerHooks } from 'node:module'

/**
 * Loaded first by what runs from the sources; with `--import` in its threads too. An import there says exactly which file it means, and each room has one place; Node
 * would look at folders, links and package.json files for every one of some 5,000, which is a third of a service's start. Packages are found as ever.
 */
const rooms = new Map<string, ResolveFnOutput>()

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('.') && specifier.endsWith('.ts') && context.parentURL !== undefined)
      return {
        url: new URL(specifier, context.parentURL).href,
        format: 'module-typescript',
        shortCircuit: true,
      }
    if (!specifier.startsWith('@kubets/')) return next(specifier, context)
    let room = rooms.get(specifier)
    if (room === undefined) {
      room = { ...next(specifier, context), shortCircuit: true }
      rooms.set(specifier, room)
    }
    return room
  },
})
