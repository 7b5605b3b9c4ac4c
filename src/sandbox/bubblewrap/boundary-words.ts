/**
 * What a boundary is besides files, in the words of bubblewrap: namespaces, the environment, the sockets that lead
 * out, and the few files of ours.
 */
import type { Boundary } from '../boundary.ts'
import type { Identity, Stage } from '../view/stage.ts'
import type { BoundSockets } from './bound-sockets.ts'
import { authoritiesPath, authorityBundle, authorityPath, insideEnvironment } from './environment.ts'

/** Who root's programs are to themselves. */
export const innerId = 1_000

/** Namespaces, and who the program is in them. `isMachine`: root there, with every capability there. */
export function namespaceWords(
  { terminal }: Boundary,
  { starter, uid, gid }: Identity,
  isMachine: boolean,
): readonly string[] {
  const [innerUid, innerGid] = isMachine ? [0, 0] : starter === 'root' ? [innerId, innerId] : [uid, gid]
  const session = terminal === 'none' ? ' --new-session' : ''
  return [
    ...`--unshare-user --uid ${innerUid} --gid ${innerGid}`.split(' '),
    ...'--unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try'.split(' '),
    ...`--hostname custos --die-with-parent${session}`.split(' '),
    ...`${isMachine ? '--cap-add' : '--cap-drop'} ALL`.split(' '),
  ]
}

/** The whole environment. */
export function environmentWords(boundary: Boundary): readonly string[] {
  const variables = Object.entries(insideEnvironment(boundary))
  return ['--clearenv', ...variables.flatMap(([name, value]) => ['--setenv', name, value])]
}

/**
 * What is ours inside: sockets, the authority, and for root's programs a name for who they are. `give` makes a
 * descriptor of the child that reads a text.
 */
export function ownWords(
  { authority }: Boundary,
  sockets: BoundSockets,
  stage: Stage,
  { starter }: Identity,
  give: (content: string) => number,
): readonly string[] {
  const content = (how: '--file' | '--ro-bind-data', text: string, path: string): readonly string[] => {
    return ['--perms', '0444', how, String(give(text)), path]
  }
  return [
    ...sockets.all.flatMap(({ source, path }) => ['--ro-bind', stage.places.get(source) ?? source, path]),
    ...(authority === undefined
      ? []
      : [
          ...content('--file', authority, authorityPath),
          ...content('--file', authorityBundle(authority), authoritiesPath),
        ]),
    ...(starter === 'root'
      ? [
          ...content('--ro-bind-data', passwd, '/etc/passwd'),
          ...content('--ro-bind-data', group, '/etc/group'),
        ]
      : []),
  ]
}

const passwd = `root:x:0:0:root:/root:/bin/sh
custos:x:${innerId}:${innerId}:custos:/tmp/home:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`

const group = `root:x:0:
custos:x:${innerId}:
nogroup:x:65534:
`
