/** One line of the policy file. '' is what is not named; `*` is all. */
export interface AbacPolicy {
  readonly user: string
  readonly group: string
  readonly readonly: boolean
  readonly apiGroup: string
  readonly resource: string
  readonly namespace: string
  readonly nonResourcePath: string
}

const authenticated = 'system:authenticated'

/** A policy a line: JSON; empty lines and those that begin with `#` are skipped. Throws naming the line that is wrong. */
export function parsePolicies(text: string): AbacPolicy[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    try {
      return [parsePolicy(trimmed)]
    } catch (error) {
      throw new Error(`line ${index + 1}: ${line}: ${(error as Error).message}`, { cause: error })
    }
  })
}

function parsePolicy(line: string): AbacPolicy {
  const value = JSON.parse(line) as unknown
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
  const { kind, apiVersion = '', spec, ...fields } = value as Record<string, unknown>
  if (apiVersion !== '' && kind !== undefined) {
    if (kind !== 'Policy' || apiVersion !== 'abac.authorization.kubernetes.io/v1beta1')
      throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
    return versioned((spec ?? {}) as Record<string, unknown>)
  }
  return unversioned(fields)
}

function read(fields: Record<string, unknown>): AbacPolicy {
  const text = (name: string): string => {
    const value = fields[name] ?? ''
    if (typeof value !== 'string') throw new Error(`${name} must be a string`)
    return value
  }
  const only = fields.readonly ?? false
  if (typeof only !== 'boolean') throw new Error('readonly must be a boolean')
  return {
    user: text('user'),
    group: text('group'),
    readonly: only,
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    namespace: text('namespace'),
    nonResourcePath: text('nonResourcePath'),
  }
}

/** v1beta1: what is not named matches nothing. */
function versioned(spec: Record<string, unknown>): AbacPolicy {
  const policy = read(spec)
  return policy.user === '*' || policy.group === '*' ? { ...policy, user: '', group: authenticated } : policy
}

/** The first form, without a version: what is not named matches everything, of every group. */
function unversioned(fields: Record<string, unknown>): AbacPolicy {
  const policy = read(fields)
  const { user, group, namespace, resource } = policy
  const everybody = (user === '' && group === '') || user === '*' || group === '*'
  return {
    ...policy,
    ...(everybody ? { user: '', group: authenticated } : {}),
    namespace: namespace || '*',
    resource: resource || '*',
    apiGroup: '*',
    nonResourcePath: namespace === '' && resource === '' ? '*' : '',
  }
}
