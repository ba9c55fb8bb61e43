import type { Client } from '@kubets/client'
import { type Column, type ColumnName, columns, type Letter, type Row } from './matrix.ts'

export type Asker = Pick<Client, 'raw'>

/** The letters of each column that somebody may. Each cell is a request. */
export async function allowedOf(client: Asker): Promise<Record<string, string>> {
  const cells = Object.entries(columns).map(async ([name, column]) => {
    const letters = [...column.verbs]
    const answers = await Promise.all(letters.map(letter => mayDo(client, column, letter as Letter)))
    return [name, letters.filter((_, i) => answers[i]).join('')] as const
  })
  return Object.fromEntries(await Promise.all(cells))
}

/** A row in the same form: every column, its letters in order. */
export function expectedOf(row: Row): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { verbs }]) => {
      const written = row[name as ColumnName] ?? ''
      return [name, [...verbs].filter(letter => written.includes(letter)).join('')]
    }),
  )
}

/** Sends the request; what is refused otherwise than by the authorizers (not found, not valid) was allowed. Nothing is changed by any of them. */
async function mayDo(client: Asker, { path, one }: Column, letter: Letter): Promise<boolean> {
  const [method, target, body] = requestOf(path, one === true, letter)
  const answer = await client.raw(method, target, body)
  if (answer.status === 401) return false
  if (answer.status !== 403) return true
  const text = answer.body.toString('utf8')
  // admission has its own refusals, which are another matter
  return !/cannot \w+ (resource|path) /.test(text) && !/^pods "absent" is forbidden: $/.test(JSON.parse(text).message)
}

function requestOf(path: string, one: boolean, letter: Letter): [method: string, path: string, body?: object] {
  const object = one ? path : `${path}/absent`
  const query = (more: string) => `${path}${path.includes('?') ? '&' : '?'}${more}`
  switch (letter) {
    case 'g':
      return ['GET', object]
    case 'l':
      return ['GET', query('limit=1')]
    case 'w':
      // refused for its version, once it is allowed: nobody waits for a watch
      return ['GET', query('watch=1&resourceVersion=none')]
    case 'c':
      return ['POST', path, {}]
    case 'u':
      return ['PUT', object, {}]
    case 'p':
      return ['PATCH', object, {}]
    case 'd':
      return ['DELETE', object]
    case 'D':
      return ['DELETE', query('labelSelector=matrix%3Dnone')]
  }
}
