import type { Secret } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import { controllerQueue, splitKey } from '../../context.ts'
import { bootstrapTokenInformer } from '../../informers/bootstrap-tokens.ts'
import { timeLeft } from '../bootstrap-signer/bootstrap-token.ts'
import type { ControllerDescriptor } from '../controller.ts'

/** Deletes bootstrap tokens whose time is over. */
export const tokenCleanerController: ControllerDescriptor = {
  name: 'token-cleaner-controller',
  alias: 'tokencleaner',
  account: 'token-cleaner',
  offByDefault: true,
  needs: [resources.secrets],
  start(context) {
    const { client, clock } = context
    const secrets = context.informers.of(bootstrapTokenInformer)
    const queue = controllerQueue(context, {
      name: 'token_cleaner',
      after: [secrets],
      async process(key, signal) {
        const secret = secrets.lister.get(splitKey(key))
        if (secret === undefined) return undefined
        const left = timeLeft(secret, clock.now())
        // timers count to 24 days: a later end is looked at again before
        if (left > 0) return Number.isFinite(left) ? { requeueAfter: Math.min(left, 86_400_000) } : undefined
        const uid = secret.metadata?.uid ?? ''
        try {
          await client.delete(resources.secrets, splitKey(key), { ...(uid && { preconditions: { uid } }), signal })
        } catch (error) {
          if (!isConflict(error) && !isNotFound(error)) throw error
        }
        return undefined
      },
    })
    const enqueue = ({ metadata }: Secret) =>
      queue.add(cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
    secrets.subscribe({ added: enqueue, updated: enqueue })
  },
}
