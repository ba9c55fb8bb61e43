import { cidrWarnings } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Node } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { validateNode, validateNodeUpdate } from './validation.ts'

function warnings({ spec }: Node): string[] {
  const texts: string[] = []
  if (spec?.configSource !== undefined) texts.push('spec.configSource: the feature is removed')
  if (spec?.externalID) texts.push('spec.externalID: this field is deprecated, and is unused by Kubernetes')
  return texts.concat((spec?.podCIDRs ?? []).flatMap((cidr, index) => cidrWarnings(`spec.podCIDRs[${index}]`, cidr)))
}

export const strategy: Strategy<Node> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(node) {
    delete node.spec?.configSource
    delete node.status?.config
  },
  prepareForUpdate(node, old, { subresource }) {
    if (subresource === 'status') {
      keep(node, old, 'spec')
      if (old.status?.config === undefined) delete node.status?.config
    } else {
      keep(node, old, 'status')
      if (old.spec?.configSource === undefined) delete node.spec?.configSource
    }
  },
  validate: validateNode,
  validateUpdate: (node, old, { subresource }) => validateNodeUpdate(node, old, subresource === 'status'),
  warnings,
}
