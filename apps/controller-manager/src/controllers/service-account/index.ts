import type { ServiceAccount } from '@kubets/api-types'
import { isAlreadyExists } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import { namespaceInformer } from '../../informers/namespaces.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import type { ControllerDescriptor } from '../controller.ts'

/** Every active namespace has this one. */
const name = 'default'

const serviceAccountInformer: InformerDefinition<ServiceAccount, { namespace: string }> = {
  ref: resources.serviceAccounts,
  metadataOnly: true,
  fieldSelector: `metadata.name=${name}`,
  project: ({ metadata }) => ({ namespace: metadata?.namespace ?? '' }),
}

/** Gives every namespace its ServiceAccount `default`, again if somebody deletes it. */
export const serviceAccountController: ControllerDescriptor = {
  name: 'serviceaccount-controller',
  alias: 'serviceaccount',
  account: 'service-account-controller',
  needs: [resources.namespaces, resources.serviceAccounts],
  start(context) {
    const { client } = context
    const namespaces = context.informers.of(namespaceInformer)
    const accounts = context.informers.of(serviceAccountInformer)
    const queue = controllerQueue(context, {
      name: 'serviceaccount',
      after: [namespaces, accounts],
      async process(namespace, signal) {
        if (namespaces.lister.get({ name: namespace })?.phase !== 'Active') return undefined
        if (accounts.lister.get({ namespace, name }) !== undefined) return undefined
        try {
          await client.create<ServiceAccount>(
            resources.serviceAccounts,
            { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
            { signal },
          )
        } catch (error) {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
        }
        return undefined
      },
    })
    namespaces.subscribe({
      added: namespace => queue.add(namespace.name),
      updated: namespace => queue.add(namespace.name),
    })
    accounts.subscribe({ deleted: account => queue.add(account.namespace) })
  },
}
