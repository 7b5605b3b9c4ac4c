/**
 * What `strace` wrote down, as data: which bytes a process handed to the operating system, when it began and
 * when the call had returned. Time is the order of the lines, because strace writes a line when it sees the
 * thing happen; a call during which something else happened is written in two parts.
 *
 * Expects `-f -ttt -y -xx`: a process id and a time on every line, descriptors with what they stand for, and
 * every byte in hex.
 */

/** The options that make strace write what `parseTrace` reads. */
export const straceOptions: readonly string[] = [
  '-f',
  '-ttt',
  '-y',
  '-xx',
  '--string-limit=131072',
  '--trace=openat,write,writev,pwrite64,pwritev,sendto,sendmsg',
]

/** One system call. Positions are line numbers of the trace. */
export interface SystemCall {
  readonly name: string
  /** The descriptor and what it stands for, for example `24</home/ledger/00000001.seg>`. */
  readonly file: string
  /** All bytes it was given, which may be more than it took. Empty for `openat`. */
  readonly bytes: Buffer
  /** True when strace did not write all of the bytes. */
  readonly cut: boolean
  /** Place in the file, for calls that name one. */
  readonly offset: number
  /** Flags of an `openat`, as text. */
  readonly flags: string
  readonly startedAt: number
  /** Infinity when it never returned. */
  readonly returnedAt: number
  /** What it returned; -1 for a failure, 0 when it never returned. */
  readonly result: number
}

interface Begun {
  readonly text: string
  readonly line: number
}

const linePattern = /^(\d+) +[\d.]+ (.*)$/
const endPattern = /\) += (-?\d+|\?)(?:<(.*)>)?(?: [A-Z(].*)?$/

/** The system calls of a trace, in the order in which they began. Lines about anything else are ignored. */
export function parseTrace(text: string): readonly SystemCall[] {
  const begun = new Map<string, Begun>()
  const calls: SystemCall[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const [, thread = '', what = ''] = linePattern.exec(line) ?? []
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(what)
    const earlier = begun.get(thread)
    if (what.endsWith('<unfinished ...>')) {
      begun.set(thread, { text: what.slice(0, -'<unfinished ...>'.length).trimEnd(), line: index })
    } else if (resumed !== null && earlier !== undefined) {
      begun.delete(thread)
      add(calls, earlier.text + (resumed[1] ?? ''), earlier.line, index)
    } else add(calls, what, index, index)
  }
  for (const { text: what, line } of begun.values()) add(calls, `${what}) = ?`, line, Infinity)
  return calls.sort((one, other) => one.startedAt - other.startedAt)
}

function add(calls: SystemCall[], text: string, startedAt: number, returnedAt: number): void {
  const name = /^(\w+)\(/.exec(text)?.[1]
  const end = endPattern.exec(text)
  if (name === undefined || end === null) return
  const result = end[1] === '?' ? 0 : Number(end[1])
  const span = { startedAt, returnedAt: end[1] === '?' ? Infinity : returnedAt, result }
  if (name === 'openat') {
    const flags = /, (O_[A-Z_|0-9]+)/.exec(text)?.[1] ?? ''
    const file = `${end[1]}<${plain(end[2] ?? '')}>`
    calls.push({ name, file, bytes: Buffer.alloc(0), cut: false, offset: 0, flags, ...span })
    return
  }
  const [head = '', number = '', path = ''] = /^\w+\((\d+)<((?:\\x[0-9a-f]{2}|[^>])*)>/.exec(text) ?? []
  const strings = [...text.slice(head.length).matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)]
  const offset = name.startsWith('pwrite') ? Number(/, (\d+)\) +=/.exec(text)?.[1] ?? 0) : 0
  calls.push({
    name,
    file: `${number}<${plain(path)}>`,
    bytes: Buffer.from(strings.map(([, hex = '']) => hex.replaceAll('\\x', '')).join(''), 'hex'),
    cut: strings.some(([, , rest]) => rest !== undefined),
    offset,
    flags: '',
    ...span,
  })
}

function plain(hex: string): string {
  return hex.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}
