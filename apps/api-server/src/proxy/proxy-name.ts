import { badRequest } from '@kubets/apimachinery'

/** `name`, `name:port` or `scheme:name:port`, as the proxy paths write whom they mean. */
export interface ProxyName {
  readonly scheme: 'http' | 'https' | ''
  readonly name: string
  /** A number or a port's name; '' when left out. */
  readonly port: string
}

/** Throws 400 for another form. */
export function parseProxyName(text: string, kind: string): ProxyName {
  const parts = text.split(':')
  if (parts.length === 1) return { scheme: '', name: text, port: '' }
  const [first = '', second = '', third = ''] = parts
  if (parts.length === 2) return { scheme: '', name: first, port: second }
  if (parts.length === 3 && (first === 'http' || first === 'https' || first === ''))
    return { scheme: first, name: second, port: third }
  throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`)
}
