export type Document = Readonly<Record<string, unknown>>

/** YAML or JSON. @throws Error when it is no object. */
export async function readDocument(content: string): Promise<Document> {
  const { parse } = await import('yaml')
  return object(parse(content) ?? {}, 'the file')
}

export const kindError = ({ kind, apiVersion }: Document): Error =>
  new Error(
    kind === undefined
      ? "Object 'Kind' is missing"
      : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? '')}`,
  )

/** @throws Error naming members that nobody knows: a typing error must not open a door. */
export function members(document: Document, path: string, known: readonly string[]): void {
  const unknown = Object.keys(document).filter(name => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`strict decoding error: ${unknown.map(name => `unknown field "${path}${name}"`).join(', ')}`)
}

export function object(value: unknown, path: string): Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must be an object`)
  return value as Document
}

export function list(value: unknown, path: string): Document[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`${path} must be a list`)
  return value.map((one, i) => object(one, `${path}[${i}]`))
}

export function texts(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`${path} must be a list`)
  return value.map((one, i) => text(one, `${path}[${i}]`))
}

/** '' when it is left out. */
export function text(value: unknown, path: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new Error(`${path} must be a string`)
  return value
}

/** 0 when it is left out. */
export function integer(value: unknown, path: string): number {
  if (value === undefined || value === null) return 0
  if (!Number.isInteger(value)) throw new Error(`${path} must be a whole number`)
  return value as number
}
