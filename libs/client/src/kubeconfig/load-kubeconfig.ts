import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { ClientConfig } from '../contract.ts'

/** A kubeconfig that cannot be used; the message names the file and the entry. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

export type KubeconfigSource = { file: string } | { text: string }

export interface KubeconfigChoice {
  /** Default: the file's `current-context`. */
  context?: string
  userAgent?: string
}

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name: string; context?: { cluster?: string; user?: string; namespace?: string } }[]
  clusters?: { name: string; cluster?: Record<string, unknown> }[]
  users?: { name: string; user?: Record<string, unknown> }[]
}

/**
 * Reads one context of a kubeconfig. Paths in it are relative to the file, data members win over file members, as
 * kubectl has it. Throws {@link KubeconfigError}.
 */
export async function loadKubeconfig(source: KubeconfigSource, choice: KubeconfigChoice = {}): Promise<ClientConfig> {
  const where = 'file' in source ? source.file : 'kubeconfig'
  const fail = (why: string, cause?: unknown) =>
    new KubeconfigError(`${where}: ${why}`, cause === undefined ? undefined : { cause })
  const document = await parse('file' in source ? readText(source.file, fail) : source.text, fail)

  const contextName = choice.context ?? document['current-context']
  if (!contextName) throw fail('no current-context is set')
  const context = named(document.contexts, contextName)?.context
  if (!context) throw fail(`context "${contextName}" does not exist`)
  const cluster = named(document.clusters, context.cluster ?? '')?.cluster
  if (!cluster) throw fail(`cluster "${context.cluster ?? ''}" of context "${contextName}" does not exist`)
  const user = context.user ? named(document.users, context.user)?.user : {}
  if (!user) throw fail(`user "${context.user}" of context "${contextName}" does not exist`)
  for (const method of ['exec', 'auth-provider', 'username', 'password', 'as'])
    if (user[method] !== undefined)
      throw fail(`user "${context.user}" uses ${method}; a service needs client-certificate, client-key or token`)

  const server = cluster.server
  if (typeof server !== 'string' || !URL.canParse(server))
    throw fail(`cluster "${context.cluster}" has no server URL, such as https://127.0.0.1:6443`)
  const folder = 'file' in source ? dirname(source.file) : process.cwd()
  const resolve = (path: string) => (isAbsolute(path) ? path : join(folder, path))
  const text = (entry: Record<string, unknown>, name: string): string | undefined => {
    const value = entry[name]
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string') throw fail(`${name} must be a string`)
    return value
  }
  const pem = (entry: Record<string, unknown>, name: string): string | undefined => {
    const data = text(entry, `${name}-data`)
    const path = text(entry, name)
    const content =
      data !== undefined
        ? Buffer.from(data, 'base64').toString('utf8')
        : path !== undefined
          ? readText(resolve(path), why => fail(`${name}: ${why}`))
          : undefined
    if (content !== undefined && !content.includes('-----BEGIN '))
      throw fail(`${data === undefined ? name : `${name}-data`} holds no PEM block`)
    return content
  }

  const config: ClientConfig = { server: server.replace(/\/+$/, '') }
  const ca = pem(cluster, 'certificate-authority')
  if (ca !== undefined) config.ca = ca
  const serverName = text(cluster, 'tls-server-name')
  if (serverName !== undefined) config.tlsServerName = serverName
  if (cluster['insecure-skip-tls-verify'] === true) config.insecureSkipTlsVerify = true
  const cert = pem(user, 'client-certificate')
  const key = pem(user, 'client-key')
  if ((cert === undefined) !== (key === undefined))
    throw fail(
      `user "${context.user}" has a client-${cert === undefined ? 'key' : 'certificate'} only; both are needed`,
    )
  if (cert !== undefined && key !== undefined) Object.assign(config, { cert, key })
  const tokenFile = text(user, 'tokenFile')
  const token = text(user, 'token')
  if (tokenFile !== undefined) config.tokenFile = resolve(tokenFile)
  else if (token !== undefined) config.token = token
  if (choice.userAgent !== undefined) config.userAgent = choice.userAgent
  return config
}

/** Paths of certificates and keys in a kubeconfig file, of all its entries. */
export async function referencedFiles(file: string): Promise<string[]> {
  const fail = (why: string, cause?: unknown) => new KubeconfigError(`${file}: ${why}`, { cause })
  const { clusters = [], users = [] } = await parse(readText(file, fail), fail)
  const paths = [
    ...clusters.map(({ cluster }) => cluster?.['certificate-authority']),
    ...users.flatMap(({ user }) => [user?.['client-certificate'], user?.['client-key']]),
  ]
  return paths.filter(path => typeof path === 'string' && path !== '') as string[]
}

function readText(file: string, fail: (why: string, cause?: unknown) => KubeconfigError): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw fail((cause as Error).message, cause)
  }
}

async function parse(text: string, fail: (why: string, cause?: unknown) => KubeconfigError): Promise<Kubeconfig> {
  let document: unknown
  try {
    // JSON is how our own files are written; it saves the YAML parser's load time
    document = text.trimStart().startsWith('{') ? JSON.parse(text) : (await import('yaml')).parse(text)
  } catch (cause) {
    throw fail(`is not valid YAML: ${(cause as Error).message}`, cause)
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw fail('is not a kubeconfig')
  return document as Kubeconfig
}

function named<T extends { name: string }>(entries: readonly T[] | undefined, name: string): T | undefined {
  return Array.isArray(entries) ? entries.find(entry => entry?.name === name) : undefined
}
