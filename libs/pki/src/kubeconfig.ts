import type { KubeconfigOptions } from './contract.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig file's text: one cluster, one user, one context, everything embedded. */
export function kubeconfig(options: KubeconfigOptions): string {
  const name = options.name ?? 'kubets'
  const context = options.context ?? name
  const credentials =
    'token' in options.user
      ? [`    token: ${JSON.stringify(options.user.token)}`]
      : [
          `    client-certificate-data: ${base64(options.user.cert)}`,
          `    client-key-data: ${base64(options.user.key)}`,
        ]
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${name}`,
    '  cluster:',
    `    server: ${options.server}`,
    `    certificate-authority-data: ${base64(options.ca)}`,
    'users:',
    `- name: ${options.user.name}`,
    '  user:',
    ...credentials,
    'contexts:',
    `- name: ${context}`,
    '  context:',
    `    cluster: ${name}`,
    `    user: ${options.user.name}`,
    `current-context: ${context}`,
    '',
  ].join('\n')
}
