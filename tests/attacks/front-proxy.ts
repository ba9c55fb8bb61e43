import { describe, expect, it } from 'vitest'
import type { Victim } from './victim.ts'
import { type Credentials, codes, requestText, send } from './wire.ts'

type Headers = readonly (readonly [string, string])[]

const secrets = '/api/v1/namespaces/kube-system/secrets'
const pods = '/api/v1/namespaces/team/pods'
const masters = ['X-Remote-Group', 'system:masters'] as const

/** Those who claim to speak for others. */
export function frontProxy(victim: () => Victim): void {
  const get = (path: string, headers: Headers, who: Credentials = {}) =>
    send(victim(), requestText('GET', path, [['Connection', 'close'], ...headers]), who)

  describe('headers that name a user', () => {
    it('mean nothing without a certificate of a front proxy', async () => {
      const { user, proxies, objects } = victim()
      const cluster = await user('front-proxy-client')
      const unlisted = await user('another-client', ['system:masters'], { of: proxies })
      const expired = await user('front-proxy-client', [], { of: proxies, days: -1 })
      const headers = [['X-Remote-User', 'kubernetes-admin'], masters] as const
      for (const [what, who, code, told] of [
        ['nobody', {}, 403, 'system:anonymous'],
        ['a user', objects.viewer, 403, 'viewer'],
        ['the name of a proxy by the authority of users', cluster, 403, 'front-proxy-client'],
        ['another name by the authority of proxies', unlisted, 401, undefined],
        ['a proxy whose certificate has run out', expired, 401, undefined],
        ['a service account', { token: objects.token }, 403, 'system:serviceaccount:team:robot'],
      ] as const) {
        const path = `${secrets}?by=${encodeURIComponent(what)}`
        const token = 'token' in who ? [['Authorization', `Bearer ${who.token}`] as const] : []
        expect(codes(await get(path, [...headers, ...token], who)), what).toEqual([code])
        await victim().audit.tells({ user: told, verb: 'list', code, path })
      }
    })

    it('mean what they say behind one, however they are written', async () => {
      const proxy = await victim().user('front-proxy-client', [], { of: victim().proxies })
      for (const [what, headers, code, told] of [
        ['plain', [['X-Remote-User', 'viewer']], 200, 'viewer'],
        ['mixed case', [['x-ReMoTe-uSeR', 'viewer']], 200, 'viewer'],
        // the first one is the proxy's: it puts its own before what the client sent, or takes that away
        [
          'twice',
          [
            ['X-Remote-User', 'viewer'],
            ['X-Remote-User', 'kubernetes-admin'],
          ],
          200,
          'viewer',
        ],
        ['joined', [['X-Remote-User', 'viewer, kubernetes-admin']], 403, 'viewer, kubernetes-admin'],
        [
          'empty, then full',
          [
            ['X-Remote-User', ''],
            ['X-Remote-User', 'viewer'],
          ],
          403,
          undefined,
        ],
        ['nobody named', [masters], 401, undefined],
        [
          'an underscore for a dash',
          [
            ['X_Remote_User', 'kubernetes-admin'],
            ['X_Remote_Group', 'system:masters'],
          ],
          401,
          undefined,
        ],
        [
          'a trailing underscore',
          [
            ['X-Remote-User_', 'kubernetes-admin'],
            ['X-Remote-Group_', 'system:masters'],
          ],
          401,
          undefined,
        ],
        [
          'groups by another name',
          [
            ['X-Remote-User', 'viewer'],
            ['X-Remote-Groups', 'system:masters'],
            ['X_Remote_Group', 'system:masters'],
          ],
          200,
          'viewer',
        ],
      ] as readonly (readonly [string, Headers, number, string | undefined])[]) {
        const path = `${pods}?written=${encodeURIComponent(what)}`
        const [got] = codes(await get(path, headers, proxy))
        if (what === 'empty, then full') expect([200, 401, 403], what).toContain(got)
        else {
          expect(got, what).toBe(code)
          await victim().audit.tells({ user: told, verb: 'list', code, path })
        }
        expect(
          codes(await get(`${secrets}?written=${encodeURIComponent(what)}`, headers, proxy))[0],
          what,
        ).toBeGreaterThanOrEqual(401)
      }
    })

    it('do not make an administrator of whom a proxy names', async () => {
      const proxy = await victim().user('front-proxy-client', [], { of: victim().proxies })
      const path = `${secrets}?as=admin`
      const headers = [
        ['X-Remote-User', 'viewer'],
        ['Impersonate-User', 'kubernetes-admin'],
        ['Impersonate-Group', 'system:masters'],
      ] as const
      expect(codes(await get(path, headers, proxy))).toEqual([403])
      await victim().audit.tells({ user: 'viewer', verb: 'list', code: 403, path })
    })

    it('are not pushed out by very many others', async () => {
      const proxy = await victim().user('front-proxy-client', [], { of: victim().proxies })
      const many = Array.from({ length: 1_900 }, (_, i) => [`X-${i}`, 'a'] as const)
      const path = `${pods}?many`
      expect(codes(await get(path, [...many, ['X-Remote-User', 'viewer']], proxy))).toEqual([200])
      await victim().audit.tells({ user: 'viewer', verb: 'list', code: 200, path })
      const more = Array.from({ length: 2_100 }, (_, i) => [`X-${i}`, 'a'] as const)
      expect(codes(await get(`${pods}?more`, [...more, ['X-Remote-User', 'viewer']], proxy))).toEqual([431])
      await victim().audit.tellsNothingOf('more')
    })
  })
}
