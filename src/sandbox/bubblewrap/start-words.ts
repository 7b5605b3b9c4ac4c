/**
 * What stands inside, directly before the program. It tells that the boundary stands, waits until it is told to go
 * on, sets the limits that hold for each process, and becomes the program. That its starter is gone is not a yes for
 * it, as it would be for bubblewrap itself. A shell starts faster than Perl and does where nothing else is needed.
 */
import type { Boundary } from '../boundary.ts'
import { bridgePort, startProgram } from '../bridge/start-program.ts'
import type { ProcessLimits } from '../limits/limit-group.ts'
import { prefixFailure } from '../limits/process-limits.ts'
import { perl } from '../view/stage.ts'
import type { BoundSockets } from './bound-sockets.ts'

/** A shell has no name for further ones. */
const furthestOfShell = 9

/** The start program without a wait, where there is a bridge to be made or a signal to be put back. */
export function startWords({ terminal }: Boundary, { egress }: BoundSockets): readonly string[] {
  return egress === null && terminal === 'none' ? [] : perlWords(egress?.address ?? null, null, '-')
}

/** The words before the program's own. `gate` is the descriptor to tell and wait at. */
export function waitingWords(
  { terminal }: Boundary,
  { egress }: BoundSockets,
  gate: number,
  limits: ProcessLimits | undefined,
): readonly string[] {
  return egress === null && terminal === 'none' && gate <= furthestOfShell
    ? shellWords(gate, limits)
    : perlWords(egress?.address ?? null, gate, limits === undefined ? '-' : perlLimits(limits))
}

function perlWords(egress: string | null, gate: number | null, limits: string): readonly string[] {
  const way = egress === null ? ['-', '-'] : [String(bridgePort), egress]
  return [perl, '-e', startProgram, ...way, gate === null ? '-' : String(gate), limits, process.arch]
}

function shellWords(gate: number, limits: ProcessLimits | undefined): readonly string[] {
  const wait = `echo >&${gate} && read -r go <&${gate} || exit 70\n`
  const bounds = limits === undefined ? '' : shellLimits(limits)
  return ['/bin/sh', '-c', `${wait}${bounds}${runnable}exec "$@" ${gate}<&-`, 'start']
}

/**
 * Says of a command that is not there what the Perl program says of it. Only what a shell can tell without a process
 * of its own and without a variable, which would be the program's.
 */
const runnable = `case $1 in
*/*) [ -e "$1" ] || { printf 'custos: cannot run %s: No such file or directory\\n' "$1" >&2; exit 127; }
  [ -f "$1" ] && [ -x "$1" ] || { printf 'custos: cannot run %s: Permission denied\\n' "$1" >&2; exit 126; } ;;
*) command -v -- "$1" >/dev/null || { printf 'custos: cannot run %s: No such file or directory\\n' "$1" >&2; exit 127; } ;;
esac
`

/** Numbers of `setrlimit`, with the value for both of its bounds. */
function perlLimits(limits: ProcessLimits): string {
  const { openFiles, fileBytes, cpuSeconds, dataBytes, processes } = limits
  const values: readonly (readonly [number, number | null])[] = [
    [0, cpuSeconds],
    [1, fileBytes],
    [2, dataBytes],
    // One byte: nothing is written, and no collector of cores is called, as one is for nought.
    [4, 1],
    [6, processes],
    [7, openFiles],
  ]
  return values.flatMap(([limit, value]) => (isBound(value) ? [`${limit}=${value}`] : [])).join(',')
}

function shellLimits(limits: ProcessLimits): string {
  const { openFiles, fileBytes, cpuSeconds, dataBytes, processes } = limits
  const values: readonly (readonly [string, number | null])[] = [
    ['-c', 0],
    ['-n', openFiles],
    // In blocks of 512 bytes, whatever the file system says.
    ['-f', Math.ceil(fileBytes / 512)],
    ['-t', cpuSeconds],
    ['-d', dataBytes === null ? null : Math.ceil(dataBytes / 1_024)],
  ]
  const set = values.flatMap(([flag, value]) =>
    isBound(value) ? [`ulimit ${flag} ${value} || exit ${prefixFailure}\n`] : [],
  )
  // The letter for processes differs between shells.
  const count = isBound(processes)
    ? `ulimit -u ${processes} 2>/dev/null || ulimit -p ${processes} || exit ${prefixFailure}\n`
    : ''
  return `${set.join('')}${count}`
}

function isBound(value: number | null): value is number {
  return value !== null && Number.isFinite(value)
}
