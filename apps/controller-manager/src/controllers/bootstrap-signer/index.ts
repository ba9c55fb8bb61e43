import type { ConfigMap } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import { bootstrapTokenInformer } from '../../informers/bootstrap-tokens.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { signingToken } from './bootstrap-token.ts'
import { signedData } from './signatures.ts'

const key = { namespace: 'kube-public', name: 'cluster-info' }

const clusterInfoInformer: InformerDefinition<ConfigMap, ConfigMap> = {
  ref: resources.configMaps,
  fieldSelector: `metadata.namespace=${key.namespace},metadata.name=${key.name}`,
}

/** Signs the ConfigMap cluster-info with every bootstrap token, so that who joins with one can trust what it says. */
export const bootstrapSignerController: ControllerDescriptor = {
  name: 'bootstrap-signer-controller',
  alias: 'bootstrapsigner',
  account: 'bootstrap-signer',
  offByDefault: true,
  needs: [resources.secrets, resources.configMaps],
  start(context) {
    const { client, clock } = context
    const secrets = context.informers.of(bootstrapTokenInformer)
    const configMaps = context.informers.of(clusterInfoInformer)
    const queue = controllerQueue(context, {
      name: 'bootstrap_signer_queue',
      after: [configMaps, secrets],
      async process(_, signal) {
        const current = configMaps.lister.get(key)
        if (current === undefined) return undefined
        const tokens = [...secrets.lister.list()].flatMap(secret => signingToken(secret, clock.now()) ?? [])
        const data = signedData(current.data ?? {}, tokens)
        if (data === undefined) return undefined
        try {
          const signed = { ...current, apiVersion: 'v1', kind: 'ConfigMap', data }
          await client.update<ConfigMap>(resources.configMaps, signed, { signal })
        } catch (error) {
          // whoever was faster brings the key back
          if (!isConflict(error) && !isNotFound(error)) throw error
        }
        return undefined
      },
    })
    const sign = () => queue.add(`${key.namespace}/${key.name}`)
    configMaps.subscribe({ added: sign, updated: sign })
    secrets.subscribe({ added: sign, updated: sign, deleted: sign })
  },
}
