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
  const [first = '', second = '', third = ''] = parts
  if (parts.length === 1 && first !== '') return { scheme: '', name: first, port: '' }
  if (parts.length === 2 && first !== '') return { scheme: '', name: first, port: second }
  if (parts.length === 3 && second !== '' && (first === 'http' || first === 'https' || first === ''))
    return { scheme: first, name: second, port: third }
  throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`)
}
