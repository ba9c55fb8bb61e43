export interface Outcome {
  state: 'passed' | 'failed' | 'skipped'
  seconds: number
  /** First line of what went wrong. */
  message?: string
}

/** What Ginkgo's JUnit report says, by the test's text as e2e.test shows it. */
export function readJunit(xml: string): Map<string, Outcome> {
  const found = new Map<string, Outcome>()
  for (const [, head = '', rest = ''] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attribute = (name: string, text = head) => unescapeXml(new RegExp(`${name}="([^"]*)"`).exec(text)?.[1] ?? '')
    const name = attribute('name')
    if (!name.startsWith('[It]')) continue
    const problem = /<(?:failure|error) ([^>]*)>/.exec(rest)?.[1]
    const state = problem !== undefined ? 'failed' : rest.includes('<skipped') ? 'skipped' : 'passed'
    const message = problem === undefined ? undefined : attribute('message', problem).split('\n')[0]
    found.set(name, {
      state,
      seconds: Number(attribute('time')),
      ...(message === undefined ? {} : { message }),
    })
  }
  return found
}

const unescapeXml = (text: string) =>
  text
    .replace(/&#(x[0-9a-fA-F]+|\d+);/g, (_, code: string) =>
      String.fromCodePoint(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number(code)),
    )
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&')
