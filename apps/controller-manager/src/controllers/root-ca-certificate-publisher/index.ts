import type { ConfigMap } from '@kubets/api-types'
import { ApiError, isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { followedOf } from '@kubets/component'
import { type ControllerContext, controllerQueue } from '../../context.ts'
import { namespaceInformer } from '../../informers/namespaces.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import type { ControllerDescriptor } from '../controller.ts'

const name = 'kube-root-ca.crt'
const descriptionAnnotation = 'kubernetes.io/description'
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

const rootCaInformer: InformerDefinition<ConfigMap, ConfigMap> = {
  ref: resources.configMaps,
  fieldSelector: `metadata.name=${name}`,
}

/** Publishes the cluster's certificate authority in every namespace, so that pods can check who the server is. */
export const rootCaCertificatePublisherController: ControllerDescriptor = {
  name: 'root-ca-certificate-publisher-controller',
  alias: 'root-ca-cert-publisher',
  account: 'root-ca-cert-publisher',
  needs: [resources.namespaces, resources.configMaps],
  unless: ({ configuration }) => (configuration.rootCa === undefined ? 'no certificate authority is known' : undefined),
  start(context) {
    const rootCa = followedOf(context.configuration.rootCa ?? '')
    const namespaces = context.informers.of(namespaceInformer)
    const configMaps = context.informers.of(rootCaInformer)
    const queue = controllerQueue(context, {
      name: 'root_ca_cert_publisher',
      after: [configMaps],
      async process(namespace, signal) {
        const began = context.clock.now()
        let code = '200'
        try {
          await publish(context, rootCa.current, namespace, configMaps.lister.get({ namespace, name }), signal)
        } catch (error) {
          code = error instanceof ApiError ? String(error.code) : '500'
          throw error
        } finally {
          context.metrics.rootCaSync(code, (context.clock.now() - began) / 1_000)
        }
        return undefined
      },
    })
    configMaps.subscribe({
      updated: map => queue.add(map.metadata?.namespace ?? ''),
      deleted: map => queue.add(map.metadata?.namespace ?? ''),
    })
    namespaces.subscribe({
      added: namespace => queue.add(namespace.name),
      updated(namespace) {
        if (namespace.phase === 'Active') queue.add(namespace.name)
      },
    })
    // what is published already is found out below
    rootCa.onChange(() => {
      for (const namespace of namespaces.lister.list()) if (namespace.phase === 'Active') queue.add(namespace.name)
    })
  },
}

async function publish(
  { client }: ControllerContext,
  certificate: string,
  namespace: string,
  current: ConfigMap | undefined,
  signal: AbortSignal,
): Promise<void> {
  const data = { 'ca.crt': certificate }
  if (current === undefined) {
    const metadata = { name, namespace, annotations: { [descriptionAnnotation]: description } }
    try {
      await client.create<ConfigMap>(
        resources.configMaps,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
        { signal },
      )
    } catch (error) {
      // a namespace that is gone, or going, needs none
      if (!isNotFound(error) && !isNamespaceTerminating(error)) throw error
    }
    return
  }
  const annotations = current.metadata?.annotations ?? {}
  const same = Object.keys(current.data ?? {}).length === 1 && current.data?.['ca.crt'] === certificate
  if (same && (annotations[descriptionAnnotation] ?? '') !== '') return
  await client.update<ConfigMap>(
    resources.configMaps,
    {
      ...current,
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...current.metadata, annotations: { ...annotations, [descriptionAnnotation]: description } },
      data,
    },
    { signal },
  )
}
