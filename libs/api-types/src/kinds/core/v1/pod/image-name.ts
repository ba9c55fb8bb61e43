/** The grammar of image references: domain, path, tag and digest. */
const component = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${component}(?:\\.${component})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const reference = new RegExp(`^(${domain}/${pathPart}(?:/${pathPart})*)(?::(\\w[\\w.-]{0,127}))?(?:@(${digest}))?$`)
const maxName = 255

/** With the domain that an image without one comes from. */
function qualified(image: string): string {
  const slash = image.indexOf('/')
  const first = slash < 0 ? '' : image.slice(0, slash)
  const isDomain = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first
  if (isDomain) return image
  return slash < 0 ? `docker.io/library/${image}` : `docker.io/${image}`
}

/** Tags that were read: the same images come with many pods. At the bound the memory is emptied. */
const tags = new Map<string, string>()
const maxTags = 1024
const maxKept = 512

/** The tag of an image: `latest` where neither tag nor digest is given, '' where there is only a digest or no reference at all. */
export function imageTag(image: string): string {
  let tag = tags.get(image)
  if (tag !== undefined) return tag
  tag = readTag(image)
  if (image.length > maxKept) return tag
  if (tags.size >= maxTags) tags.clear()
  tags.set(image, tag)
  return tag
}

function readTag(image: string): string {
  // A bare identifier could be taken for a name.
  if (/^[0-9a-f]{64}$/.test(image)) return ''
  const match = reference.exec(qualified(image))
  if (match === null || (match[1] ?? '').length > maxName) return ''
  return match[2] ?? (match[3] === undefined ? 'latest' : '')
}
