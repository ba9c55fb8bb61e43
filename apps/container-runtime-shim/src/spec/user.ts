import type { LinuxContainerSecurityContext } from '@kubets/cri'

/** The image's two files, as text; empty when it has none. */
export interface UserFiles {
  passwd: string
  group: string
}

export interface ResolvedUser {
  uid: number
  gid: number
  additionalGids: number[]
  /** From the passwd line; `/` when there is none. */
  home: string
}

interface PasswdLine {
  name: string
  uid: number
  gid: number
  home: string
}

interface GroupLine {
  name: string
  gid: number
  members: string[]
}

/**
 * Who a container's process is. The pod's `runAsUser`/`runAsGroup` come first, then a user name, then the image's `USER`
 * (`uid`, `name`, each with `:group`). Throws when a name is not in the image's files.
 */
export function resolveUser(
  security: LinuxContainerSecurityContext | null,
  imageUser: string,
  files: UserFiles,
): ResolvedUser {
  const passwd = parsePasswd(files.passwd)
  const groups = parseGroup(files.group)
  const [imageName = '', imageGroup = ''] = imageUser.split(':')
  const asked = security?.runAsUser ? security.runAsUser.value : security?.runAsUsername || imageName || '0'
  const askedGroup = security?.runAsGroup ? security.runAsGroup.value : ''

  const line = passwd.find(p => p.name === asked) ?? passwd.find(p => String(p.uid) === asked)
  const uid = line?.uid ?? number(asked)
  if (uid === undefined) throw new Error(`unable to find user ${asked}: no matching entries in passwd file`)

  // the image's group belongs to the image's user: it counts only when the pod names no user of its own
  const groupName = askedGroup || (security?.runAsUser || security?.runAsUsername ? '' : imageGroup)
  let gid = line?.gid ?? 0
  if (groupName !== '') {
    const found = groups.find(g => g.name === groupName)?.gid ?? number(groupName)
    if (found === undefined) throw new Error(`unable to find group ${groupName}: no matching entries in group file`)
    gid = found
  }

  const given = (security?.supplementalGroups ?? []).map(Number)
  const member =
    security?.supplementalGroupsPolicy === 'Strict' || !line
      ? []
      : groups.filter(g => g.members.includes(line.name)).map(g => g.gid)
  // the primary group is among the supplemental ones, as containerd has it
  const additionalGids = [...new Set([gid, ...member, ...given])]
  return { uid, gid, additionalGids, home: line?.home || '/' }
}

function number(text: string): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= 0xffffffff ? Number(text) : undefined
}

function parsePasswd(text: string): PasswdLine[] {
  return text.split('\n').flatMap(line => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':')
    const numbers = [number(uid), number(gid)]
    return name && numbers[0] !== undefined && numbers[1] !== undefined
      ? [{ name, uid: numbers[0], gid: numbers[1], home }]
      : []
  })
}

function parseGroup(text: string): GroupLine[] {
  return text.split('\n').flatMap(line => {
    const [name = '', , id = '', members = ''] = line.split(':')
    const gid = number(id)
    return name && gid !== undefined ? [{ name, gid, members: members.split(',').filter(m => m !== '') }] : []
  })
}
