import { type FieldError, field, isDns1123Subdomain, isPortNumber, parseGoUrl } from '@kubets/apimachinery'

/** How a webhook is reached: one of both. */
export interface WebhookClientConfig {
  readonly url?: string | null
  readonly service?: WebhookService | null
}

export interface WebhookService {
  readonly name?: string
  readonly namespace?: string
  readonly path?: string | null
  readonly port?: number
}

/** Exactly one way to reach it, and that one well formed. */
export function validateWebhookClientConfig(config: WebhookClientConfig | undefined, path: string): FieldError[] {
  const url = config?.url ?? undefined
  const service = config?.service ?? undefined
  if ((url === undefined) === (service === undefined)) {
    return [field.required(path, 'exactly one of url or service is required')]
  }
  if (url !== undefined) return validateWebhookUrl(url, `${path}.url`)
  return service === undefined ? [] : validateWebhookService(service, `${path}.service`)
}

const form = '; desired format: https://host[/path]'

function validateWebhookUrl(text: string, path: string): FieldError[] {
  const url = parseGoUrl(text)
  if (typeof url === 'string') return [field.required(path, `url must be a valid URL: ${url}${form}`)]
  const errors: FieldError[] = []
  if (url.scheme !== 'https') {
    errors.push(field.invalid(path, url.scheme, `'https' is the only allowed URL scheme${form}`))
  }
  if (url.host === '') errors.push(field.invalid(path, '', `host must be specified${form}`))
  if (url.user !== undefined) {
    errors.push(field.invalid(path, url.user, 'user information is not permitted in the URL'))
  }
  if (url.fragment !== '') errors.push(field.invalid(path, url.fragment, 'fragments are not permitted in the URL'))
  if (url.query !== '') errors.push(field.invalid(path, url.query, 'query parameters are not permitted in the URL'))
  return errors
}

function validateWebhookService({ name, namespace, port = 0, path }: WebhookService, at: string): FieldError[] {
  const errors: FieldError[] = []
  // upstream hands name and namespace over in the other's place: a missing one is told of under the other's name
  if (!namespace) errors.push(field.required(`${at}.name`))
  if (!name) errors.push(field.required(`${at}.namespace`))
  const wrong = isPortNumber(port)
  if (wrong.length > 0) errors.push(field.invalid(`${at}.port`, port, `port is not valid: ${wrong.join(', ')}`))
  return [...errors, ...validateUrlPath(path ?? '', `${at}.path`)]
}

function validateUrlPath(path: string, at: string): FieldError[] {
  if (path === '' || path === '/') return []
  if (path === '//') return [field.invalid(at, path, 'segment[0] may not be empty')]
  const errors = path.startsWith('/') ? [] : [field.invalid(at, path, "must start with a '/'")]
  const segments = path.slice(1).replace(/\/$/, '').split('/')
  segments.forEach((segment, index) => {
    if (segment === '') errors.push(field.invalid(at, path, `segment[${index}] may not be empty`))
    else {
      for (const text of isDns1123Subdomain(segment)) errors.push(field.invalid(at, path, `segment[${index}]: ${text}`))
    }
  })
  return errors
}
