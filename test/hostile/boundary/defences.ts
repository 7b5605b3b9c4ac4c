/**
 * Defences that can be taken away one by one, to show what each is for. Nothing in the product can be told to
 * leave one out: its source is changed as a worker loads it, and a change that no longer fits fails loudly.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'

interface Change {
  /** End of the path of the file. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const prepare = 'src/sandbox/bubblewrap/prepare.ts'
const namespaces = 'src/sandbox/bubblewrap/boundary-words.ts'
const layout = 'src/sandbox/bubblewrap/layout.ts'
const words = 'src/sandbox/bubblewrap/layout-words.ts'
const confiner = 'src/sandbox/bubblewrap/launch-prepared.ts'
const start = 'src/sandbox/bubblewrap/start-words.ts'
const rules = 'src/sandbox/seccomp/program-rules.ts'

/** Takes a system call off the list of what the filter refuses. */
function call(name: string): readonly Change[] {
  return [{ file: rules, find: `\n  '${name}',\n`, replace: '\n' }]
}

const pidNamespace: readonly Change[] = [
  { file: namespaces, find: '--unshare-pid ', replace: '' },
  // Without a namespace of processes there is no /proc of one's own.
  { file: words, find: '--proc /proc', replace: '--bind /proc /proc' },
]

const changes: { readonly [name: string]: readonly Change[] } = {
  'own temporary folder': [
    {
      file: layout,
      find: "{ kind: 'temporary', path: temporaryFolder, mode: 0o1777 }",
      replace: "{ kind: 'show', path: temporaryFolder, isWritable: true, isNamed: false }",
    },
  ],
  'read-only host': [{ file: words, find: "step.isWritable ? '--bind' : '--ro-bind'", replace: "'--bind'" }],
  'hidden secrets': [
    { file: layout, find: 'for (const path of hidden) {', replace: 'for (const path of []) {' },
  ],
  'hidden sockets': [
    { file: layout, find: 'hasNamed ? hostSockets().flatMap(realPath) : hostSockets()', replace: '[]' },
  ],
  'no home of the starter': [
    {
      file: layout,
      find: "if (above?.kind === 'show' && !above.isNamed) steps.set(path,",
      replace: 'if (false) steps.set(path,',
    },
  ],
  'process namespace': pidNamespace,
  'network namespace': [{ file: namespaces, find: '--unshare-net ', replace: '' }],
  'ipc namespace': [{ file: namespaces, find: '--unshare-ipc ', replace: '' }],
  'uts namespace': [
    { file: namespaces, find: '--unshare-uts ', replace: '' },
    { file: namespaces, find: '--hostname custos ', replace: '' },
  ],
  'clean environment': [
    { file: namespaces, find: "return ['--clearenv', ...", replace: 'return [...' },
    { file: confiner, find: "env: { PATH: '/usr/bin:/bin' },", replace: 'env: process.env,' },
    { file: 'src/sandbox/view/stage-program.ts', find: "%ENV = (PATH => '/usr/bin:/bin');", replace: '' },
  ],
  'variables only inside': [
    {
      file: confiner,
      find: "env: { PATH: '/usr/bin:/bin' },",
      replace: "env: { PATH: '/usr/bin:/bin', ...boundary.environment },",
    },
  ],
  'closed gate': [
    {
      file: start,
      find: 'exec "$@" ${gate}<&-',
      replace: 'exec "$@"',
    },
  ],
  'no memory of a crash': [
    { file: start, find: "['-c', 0],", replace: '' },
    { file: start, find: '[4, 1],', replace: '' },
  ],
  'closed descriptors': [
    {
      file: confiner,
      find: "stdio: covered([...streams, ...prepared.descriptors, 'pipe', 'pipe'], inherited, nothing),",
      replace: "stdio: [...streams, ...prepared.descriptors, 'pipe', 'pipe'],",
    },
  ],
  'copy-on-write view': [
    {
      file: words,
      find: "case 'view':\n      return ['--bind', source, path]",
      replace: "case 'view':\n      return ['--bind', path, path]",
    },
  ],
  'harmless devices': [
    { file: words, find: '--dev /dev ${memory} --remount-ro /dev', replace: '--dev-bind /dev /dev' },
  ],
  'session of its own': [{ file: namespaces, find: "' --new-session'", replace: "''" }],
  'die with parent': [{ file: namespaces, find: ' --die-with-parent', replace: '' }],
  'no capabilities': [
    { file: namespaces, find: "${isMachine ? '--cap-add' : '--cap-drop'} ALL", replace: '--cap-add ALL' },
  ],
  'system call filter': [
    {
      file: prepare,
      find: "'--seccomp',\n    String(give(programFilter(architecture, isMachine))),",
      replace: '',
    },
  ],
  'socket families': [
    {
      file: rules,
      find: 'when: [{ argument: 0, noneOf: [unix, inet, inet6, netlink] }],',
      replace: 'when: [{ argument: 0, oneOf: [99] }],',
    },
  ],
  'namespaces refused': [{ file: rules, find: '  ...noNamespaces,\n', replace: '' }, ...call('unshare')],
  'terminal tricks refused': [
    {
      file: rules,
      find: "{ syscall: 'ioctl', errno: notPermitted, when: [{ argument: 1, oneOf: terminalTricks }] },",
      replace: '',
    },
  ],
  'set-id refused': [{ file: rules, find: '  ...noSetIdFiles,\n', replace: '' }],
  'personality refused': [{ file: rules, find: '  noPersonality,\n', replace: '' }],
  'ptrace refused': call('ptrace'),
  'process_vm_readv refused': call('process_vm_readv'),
  'pidfd_getfd refused': call('pidfd_getfd'),
  'kcmp refused': call('kcmp'),
  'keyctl refused': [...call('keyctl'), ...call('add_key')],
  'request_key refused': call('request_key'),
  'io_uring refused': call('io_uring_setup'),
  'perf refused': call('perf_event_open'),
  'bpf refused': call('bpf'),
  'io_setup refused': [{ file: rules, find: '  ...noQueuesOfAll,\n', replace: '' }],
  'userfaultfd refused': call('userfaultfd'),
  'fanotify refused': call('fanotify_init'),
  'memfd_secret refused': call('memfd_secret'),
  'name_to_handle_at refused': call('name_to_handle_at'),
  'adjtimex refused': call('adjtimex'),
  'modify_ldt refused': call('modify_ldt'),
  'mbind refused': call('mbind'),
  'fsopen refused': [
    ...call('fsopen'),
    { file: rules, find: '  ...noNamespaces,\n', replace: '' },
    ...call('unshare'),
  ],
  'open_tree refused': call('open_tree'),
  'mount refused': [
    ...call('mount'),
    { file: rules, find: '  ...noNamespaces,\n', replace: '' },
    ...call('unshare'),
  ],
  'chroot refused': [
    ...call('chroot'),
    { file: rules, find: '  ...noNamespaces,\n', replace: '' },
    ...call('unshare'),
  ],
  'all of the disk counted': [
    {
      file: 'src/sandbox/limits/watch-disk.ts',
      find: 'if (isWhole || bytes > limitBytes) return',
      replace: 'return',
    },
  ],
  'bound on depth': [
    { file: 'src/sandbox/changes/change.ts', find: 'depth: 100,', replace: 'depth: 10_000,' },
  ],
  'visible text': [
    {
      file: 'src/cli/escape.ts',
      find: '.replace(hidden, (character) => `\\\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)',
      replace: '',
    },
    {
      file: 'src/cli/escape.ts',
      find: 'JSON.stringify(value).replace(hidden, ',
      replace: 'JSON.stringify(value).replace(/(?!)/u, ',
    },
  ],
  'setns refused': [...call('setns'), ...pidNamespace],
}

/** The name of a defence. */
export type DefenceName = string

/** Changes that no longer fit the sources below `repository`, each in a sentence. */
export function staleDefences(repository: string): readonly string[] {
  return Object.entries(changes).flatMap(([name, list]) =>
    list
      .filter(({ file, find }) => readFileSync(join(repository, file), 'utf8').split(find).length !== 2)
      .map(({ file, find }) => `${name} no longer looks like this in ${file}: ${find}`),
  )
}

/** Takes these defences out of everything this process loads from now on. */
export function takeAway(names: readonly DefenceName[]): void {
  const wanted: readonly Change[] = [
    ...new Map(names.flatMap(changesOf).map((change) => [change.find, change])).values(),
  ]
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const here = wanted.filter(({ file }) => url.endsWith(file))
      if (here.length === 0) return loaded
      let source = Buffer.from(loaded.source as Uint8Array).toString('utf8')
      for (const { file, find, replace } of here) {
        if (source.split(find).length !== 2)
          throw new Error(`a defence no longer looks like this in ${file}: ${find}`)
        source = source.replace(find, () => replace)
      }
      return { ...loaded, source }
    },
  })
}

function changesOf(name: DefenceName): readonly Change[] {
  const found = changes[name]
  if (found === undefined) throw new Error(`there is no defence ${name}`)
  return found
}
