import type { ClusterRole } from '@kubets/api-types'
import { isNotFound, semanticEqual } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { type AggregatedRole, aggregatedRules } from './aggregated-rules.ts'

const clusterRoleInformer: InformerDefinition<ClusterRole, AggregatedRole> = {
  ref: resources.clusterRoles,
  project: ({ metadata, rules, aggregationRule }) => ({
    name: metadata?.name ?? '',
    labels: metadata?.labels ?? {},
    rules: rules ?? [],
    selectors: aggregationRule?.clusterRoleSelectors ?? (aggregationRule === undefined ? undefined : []),
  }),
}

/** Gives a cluster role with an aggregation rule the rules of the roles that it selects. */
export const clusterRoleAggregationController: ControllerDescriptor = {
  name: 'clusterrole-aggregation-controller',
  alias: 'clusterrole-aggregation',
  account: 'clusterrole-aggregation-controller',
  needs: [resources.clusterRoles],
  start(context) {
    const { client } = context
    const roles = context.informers.of(clusterRoleInformer)
    const queue = controllerQueue(context, {
      name: 'ClusterRoleAggregator',
      concurrency: 5,
      after: [roles],
      async process(name, signal) {
        const role = roles.lister.get({ name })
        if (role?.selectors === undefined) return undefined
        const rules = aggregatedRules(role, [...roles.lister.list()])
        if (semanticEqual(rules, role.rules)) return undefined
        const wanted = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules }
        await client
          .patch(resources.clusterRoles, { name }, 'apply', wanted, {
            fieldManager: 'clusterrole-aggregation-controller',
            force: true,
            signal,
          })
          .catch(error => {
            if (!isNotFound(error)) throw error
          })
        return undefined
      },
    })
    // which role gathers which is not known without looking, and there are few that gather
    const changed = () => {
      for (const { name, selectors } of roles.lister.list()) if (selectors !== undefined) queue.add(name)
    }
    roles.subscribe({ added: changed, updated: changed, deleted: changed })
  },
}
