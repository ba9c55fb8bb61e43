import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { exhaustion } from './exhaustion.ts'
import { frontProxy } from './front-proxy.ts'
import { http2 } from './http2.ts'
import { identities } from './identities.ts'
import { paths, silence } from './paths.ts'
import { randomRequests } from './random/random-requests.ts'
import { smuggling } from './smuggling.ts'
import { startVictim, type Victim } from './victim.ts'

/**
 * What an api-server has to stand: real attacks over real sockets on a process started from flags. Each is refused, the server lives, and the audit log
 * says who tried what. One process for all of them: what one attack leaves behind the next one meets.
 */
let victim: Victim
beforeAll(async () => {
  victim = await startVictim()
})
afterEach(() => victim.lives())
afterAll(() => victim?.[Symbol.asyncDispose]())

describe('who is who', () => identities(() => victim))
describe('front proxies', () => frontProxy(() => victim))
describe('smuggling', () => smuggling(() => victim))
describe('HTTP/2', () => http2(() => victim))
describe('exhaustion', () => exhaustion(() => victim))
describe('random requests', () => randomRequests(() => victim))
describe('paths', () => paths(() => victim))
describe('afterwards', () => silence(() => victim))
