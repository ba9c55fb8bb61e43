import { type FieldError, field, isConfigMapKey, nameIsDnsLabel, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { NodeStatus } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'

type NodeConfigStatus = NonNullable<NodeStatus['config']>
type NodeConfigSource = NonNullable<NodeConfigStatus['assigned']>

/** The removed dynamic configuration of kubelets: objects from its time keep their fields, and these their rules. */
export function validateConfigSource(source: NodeConfigSource, path: string, inStatus: boolean): FieldError[] {
  const { configMap } = source
  if (configMap === undefined) {
    const shown = internalForm('io.k8s.api.core.v1.NodeConfigSource', source)
    return [field.invalid(path, shown, 'exactly one reference subfield must be non-nil')]
  }
  const at = `${path}.configMap`
  const errors: FieldError[] = []
  for (const name of ['uid', 'resourceVersion'] as const) {
    const value = configMap[name] ?? ''
    if (inStatus && value === '') errors.push(field.required(`${at}.${name}`))
    if (!inStatus && value !== '') errors.push(field.forbidden(`${at}.${name}`, `${name} must not be set in spec`))
  }
  return errors.concat(
    named(configMap.namespace, `${at}.namespace`, nameIsDnsLabel),
    named(configMap.name, `${at}.name`, nameIsDnsSubdomain),
    named(configMap.kubeletConfigKey, `${at}.kubeletConfigKey`, isConfigMapKey),
  )
}

function named(value: string | undefined, path: string, check: (value: string, prefix: boolean) => string[]) {
  if (!value) return [field.required(path)]
  return check(value, false).map(message => field.invalid(path, value, message))
}

export function validateConfigStatus(config: NodeConfigStatus): FieldError[] {
  return (['assigned', 'active', 'lastKnownGood'] as const).flatMap(name => {
    const source = config[name]
    return source === undefined ? [] : validateConfigSource(source, `status.config.${name}`, true)
  })
}
