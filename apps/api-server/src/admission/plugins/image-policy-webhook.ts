import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { Clock } from '@kubets/component'
import { AnswerCache } from '../../authorization/webhook/answer-cache.ts'
import { askAgain } from '../../authorization/webhook/ask-again.ts'
import { reviewClient } from '../../authorization/webhook/review-client.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { ImagePolicy } from '../configuration/contract.ts'

interface ImageReviewStatus {
  readonly allowed?: boolean
  readonly reason?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

/** Answers kept; beyond it the least recently used goes. */
const maxAnswers = 1_024
/** Milliseconds of one try. */
const timeout = 30_000
const ofPolicy = '.image-policy.k8s.io/'
const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/'
/** What a pod is marked with that came in without having been looked at. */
const failedOpen = 'alpha.image-policy.k8s.io/failed-open'

/** Asks somebody else whether a pod's images may run. Without an answer nothing runs, or everything does, as the policy says. */
export function imagePolicyWebhook(
  { clock, signal, random }: { clock: Clock; signal: AbortSignal; random?: () => number },
  policy: ImagePolicy | undefined,
): AdmissionPlugin {
  const answers = new AnswerCache<ImageReviewStatus>(clock, maxAnswers)
  let client: ReturnType<typeof reviewClient<ImageReviewStatus>> | undefined

  async function ask(spec: string): Promise<ImageReviewStatus> {
    if (policy === undefined) throw new Error('no config specified')
    client ??= reviewClient<ImageReviewStatus>(policy.kubeConfigFile, timeout, signal, 'ImageReview')
    const send = await client
    const body = `{"kind":"ImageReview","apiVersion":"imagepolicy.k8s.io/v1alpha1","metadata":{},"spec":${spec},"status":{"allowed":false}}`
    const status = await askAgain(() => send(body), { clock, signal, random, firstWait: policy.retryBackoff })
    answers.set(spec, status, status.allowed === true ? policy.allowTtl : policy.denyTtl)
    return status
  }

  function judge(request: AdmissionRequest, { allowed, reason, auditAnnotations }: ImageReviewStatus): undefined {
    for (const [key, value] of Object.entries(auditAnnotations ?? {}))
      request.context.audit?.annotate(auditPrefix + key, value)
    if (allowed === true) return undefined
    const why = reason
      ? `image policy webhook backend denied one or more images: ${reason}`
      : 'one or more images rejected by webhook backend'
    throw forbidden('pods', request.name, why)
  }

  return {
    name: 'ImagePolicyWebhook',
    validate(request) {
      const { operation, entry, subresource, object } = request
      if (operation === 'DELETE' || entry.resource !== 'pods' || entry.group !== '') return undefined
      if (subresource !== '' && subresource !== 'ephemeralcontainers') return undefined
      const spec = reviewSpec(object as Pod, request.namespace, subresource)
      const known = answers.get(spec)
      if (known !== undefined) return judge(request, known)
      return ask(spec).then(
        status => judge(request, status),
        (error: Error) => {
          if (policy?.defaultAllow !== true) throw forbidden('pods', request.name, error.message)
          request.context.audit?.annotate(`${auditPrefix}failed-open`, 'true')
          const pod = object as Pod
          pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [failedOpen]: 'true' } }
        },
      )
    },
  }
}

/** What is asked, as JSON: equal questions are equal texts. */
function reviewSpec({ metadata, spec }: Pod, namespace: string, subresource: string): string {
  const images =
    subresource === ''
      ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
      : (spec?.ephemeralContainers ?? [])
  const containers = images.map(({ image }) => (image ? { image } : {}))
  const annotations = Object.entries(metadata?.annotations ?? {})
    .filter(([key]) => key.includes(ofPolicy))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({
    ...(containers.length === 0 ? {} : { containers }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(namespace === '' ? {} : { namespace }),
  })
}
