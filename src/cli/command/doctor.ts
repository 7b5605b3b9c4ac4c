/**
 * `custos doctor`: looks at everything that has to be right on this machine, and says what to do about what
 * is not. It changes nothing.
 */
import { existsSync, statSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { presentView } from '../../ledger/present-view.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { checkBoundaries } from '../boundary-check.ts'
import { canonChecks } from '../canon-checks.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { evidenceStatus, evidenceWords } from '../evidence-status.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import { readGoverningState } from '../governing-state.ts'
import type { HomePaths } from '../home.ts'
import { checkSocketPath, governing, madeDomains } from '../home.ts'
import { tryKernel } from '../kernel-client.ts'
import { keyNames } from '../key-folder.ts'
import { keyFolder } from '../key-place.ts'
import { openLedgerFolder, showProblem } from '../ledger-folder.ts'
import { isMirrorBad, mirrorStatus, mirrorWords } from '../mirror-status.ts'
import { shareWords } from '../share-means.ts'
import { reachSupervisor } from '../supervisor-client.ts'

/** One thing that was looked at. */
interface Finding {
  readonly what: string
  readonly state: 'good' | 'note' | 'bad'
  readonly detail: string
}

const leastFreeBytes = 256 * 1024 * 1024

/** Looks at everything. */
export const doctorCommand: Command = {
  name: 'doctor',
  synopsis: '',
  summary: 'look at everything that has to be right on this machine',
  details: ['Exit code 4 when something is bad, 0 otherwise.'],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const findings = [
      node(),
      ...containment(),
      ...(await checkBoundaries(context.env)),
      home(context),
      keys(context),
      space(context),
      sockets(context),
      await supervisor(context),
      ...canon(context),
      ...(await eachDomain(context)),
    ]
    const bad = findings.some((finding) => finding.state === 'bad')
    const mark = { good: 'ok  ', note: '-   ', bad: 'BAD ' } as const
    context.out.result(
      { healthy: !bad, findings },
      findings.map(({ what, state, detail }) => `${mark[state]} ${what.padEnd(12)} ${visible(detail)}`),
    )
    return bad ? exitCodes.damaged : exitCodes.done
  },
}

function node(): Finding {
  const version = process.versions.node
  const good = Number(version.split('.')[0]) >= 24
  return {
    what: 'node',
    state: good ? 'good' : 'bad',
    detail: good ? version : `${version}; 24 or newer is needed`,
  }
}

function containment(): readonly Finding[] {
  return ['unshare', 'setpriv'].map((program) => {
    const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
    const missing = 'missing; containment falls back to process groups (install util-linux)'
    return { what: program, state: found ? 'good' : 'note', detail: found ? 'found' : missing }
  })
}

function home({ paths }: Context): Finding {
  if (!existsSync(paths.home))
    return { what: 'home', state: 'note', detail: `${paths.home} does not exist yet: custos up` }
  const { mode, uid } = statSync(paths.home)
  if (uid !== process.getuid?.())
    return { what: 'home', state: 'bad', detail: `${paths.home} belongs to somebody else` }
  if ((mode & 0o077) !== 0)
    return { what: 'home', state: 'bad', detail: `others can enter it: chmod 700 ${paths.home}` }
  return { what: 'home', state: 'good', detail: paths.home }
}

function keys({ paths, env }: Context): Finding {
  try {
    const folder = keyFolder(paths.home, env)
    const names = keyNames(folder)
    const open = names.find((name) => (statSync(join(folder, `${name}.key`)).mode & 0o077) !== 0)
    if (open !== undefined)
      return { what: 'keys', state: 'bad', detail: `others can read it: chmod 600 ${folder}/${open}.key` }
    return {
      what: 'keys',
      state: names.length === 0 ? 'note' : 'good',
      detail: `${folder}: ${names.join(', ') || 'none yet'}`,
    }
  } catch (problem) {
    if (!(problem instanceof CommandFailure)) throw problem
    return { what: 'keys', state: 'bad', detail: problem.message }
  }
}

function space({ paths }: Context): Finding {
  let folder = paths.home
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const detail = `${Math.floor(free / 1_048_576)} MiB free`
  return free < leastFreeBytes
    ? {
        what: 'disk',
        state: 'bad',
        detail: `${detail}; the ledger refuses actions when it cannot record them`,
      }
    : { what: 'disk', state: 'good', detail }
}

function sockets({ paths }: Context): Finding {
  try {
    checkSocketPath(paths)
  } catch (problem) {
    return {
      what: 'sockets',
      state: 'bad',
      detail: problem instanceof Error ? problem.message : String(problem),
    }
  }
  if (!existsSync(paths.run)) return { what: 'sockets', state: 'note', detail: 'none: nothing runs' }
  const isPrivate = (statSync(paths.run).mode & 0o077) === 0
  return {
    what: 'sockets',
    state: isPrivate ? 'good' : 'bad',
    detail: isPrivate ? paths.run : `others can reach them: chmod 700 ${paths.run}`,
  }
}

async function supervisor({ paths }: Context): Promise<Finding> {
  const client = await reachSupervisor(paths).catch(() => null)
  client?.close()
  const shares = client === null ? null : await shareWords(paths)
  return {
    what: 'supervisor',
    state: client === null ? 'note' : 'good',
    detail: shares === null ? 'not running: custos up' : `answers; ${shares}`,
  }
}

/** Canon, code and signatures against the ledger, as every start holds them against it. */
function canon(context: Context): readonly Finding[] {
  const place = governing(context.paths)
  if (!existsSync(place.ledger)) return [{ what: 'canon', state: 'note', detail: 'none yet: custos up' }]
  try {
    const checks = canonChecks(readGoverningState(context))
    const wrong = checks.filter(({ problem }) => problem !== null)
    if (wrong.length > 0)
      return wrong.map(({ what, problem }) => ({
        what: 'canon',
        state: 'bad',
        detail: `${what}: ${problem}`,
      }))
    return [{ what: 'canon', state: 'good', detail: 'canon, signatures and code are what the ledger says' }]
  } catch (problem) {
    if (!(problem instanceof CommandFailure)) throw problem
    return [{ what: 'canon', state: 'bad', detail: problem.message }]
  }
}

/** The kernel and the ledger of every domain. What is not of `main` says of which it is. */
async function eachDomain({ paths }: Context): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const place of madeDomains(paths)) {
    const about = place.domainName === paths.domainName ? '' : `of domain ${place.domainName}: `
    for (const found of [await kernel(place), ...ledger(place), ...(await mirror(place))])
      findings.push({ ...found, detail: `${about}${found.detail}` })
  }
  return findings
}

async function kernel(paths: HomePaths): Promise<Finding> {
  const client = await tryKernel(paths)
  if (!client.ok) return { what: 'kernel', state: 'note', detail: `does not answer: ${client.error}` }
  client.value.close()
  return { what: 'kernel', state: 'good', detail: 'answers' }
}

function ledger(paths: HomePaths): readonly Finding[] {
  if (!existsSync(paths.ledger)) return [{ what: 'ledger', state: 'note', detail: 'none yet' }]
  const folder = openLedgerFolder(paths)
  const { problems, events, sealed } = verifyLedger(presentView(folder.disk), { blobs: folder.blobs })
  const first = problems[0]
  if (first !== undefined)
    return [{ what: 'ledger', state: 'bad', detail: showProblem(first) }, evidence(paths, events)]
  const detail = `${events} events verify${sealed ? ', all under a signed checkpoint' : ''}`
  return [{ what: 'ledger', state: 'good', detail }, evidence(paths, events)]
}

/** The second copy, where there is to be one. */
async function mirror(paths: HomePaths): Promise<readonly Finding[]> {
  if (!existsSync(paths.ledger)) return []
  const status = await mirrorStatus(paths)
  const isKept = status.state === 'kept'
  const state = isMirrorBad(status) ? 'bad' : isKept ? 'good' : 'note'
  return [{ what: 'mirror', state, detail: mirrorWords(status) }]
}

/** Tree heads and witnesses. What a witness contradicts is the worst that a ledger can hear. */
function evidence(paths: HomePaths, events: number): Finding {
  const status = evidenceStatus(paths)
  const state = status.problems.length > 0 ? 'bad' : status.witnesses.length === 0 ? 'note' : 'good'
  return { what: 'evidence', state, detail: evidenceWords(status, events) }
}
