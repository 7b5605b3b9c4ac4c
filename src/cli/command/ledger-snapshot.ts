/**
 * `custos ledger snapshot`: folds the stored ledger up to its newest checkpoint and keeps the state, so that the next
 * start folds only what comes after; or folds all of it and holds what is kept against that.
 */
import { join } from 'node:path'
import { ok } from '../../base/result.ts'
import { publicKeyOf, sign } from '../../base/signature.ts'
import { CanonCheck } from '../../machine/canon-check.ts'
import { readSteps, stepsText } from '../../machine/canon-steps.ts'
import { stateRoot } from '../../kernel/root.ts'
import type { State } from '../../kernel/state.ts'
import { newestCheckpoint } from '../keeping/newest-checkpoint.ts'
import { foldTo } from '../keeping/fold-to.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import type { ReadSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import {
  keepSnapshot,
  makeSnapshot,
  newestSnapshot,
  snapshotPositions,
} from '../../ledger/keeping/snapshot-store.ts'
import { readMasterKeyFile } from '../../ledger/master-key-file.ts'
import { presentView } from '../../ledger/present-view.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { ownCode } from '../../seal/own-code.ts'
import type { Command, Context } from '../command.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { damaged } from '../ledger-folder.ts'

/** Keeps a snapshot, or verifies those there are. */
export const ledgerSnapshotCommand: Command = {
  name: 'ledger snapshot',
  synopsis: '[--verify]',
  summary: 'keep the state at the newest checkpoint, so that the next start is quick',
  details: [
    'A snapshot is a cache: it may be deleted at any time. Works beside a running home.',
    'With --verify all of the ledger is folded and every usable snapshot is held against it; exit 4 if one differs.',
  ],
  flags: [{ name: 'verify', about: 'fold everything and compare' }],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args, paths } = context
    const key = readMasterKeyFile(join(paths.keys, `${paths.domainName}.ledger`))
    if (!key.ok) throw usageFailure(key.error.message, 'snapshots are signed with the key of the ledger')
    const ledgerKey = publicKeyOf(key.value)
    const trust = { domain: paths.domainName, ledgerKey, code: ownCode() }
    const home = {
      folder: join(paths.domain, 'snapshots'),
      trust,
      disk: presentView(ledgerDisk(paths.domain)),
    }
    if (args.switches.has('verify')) return verifySnapshots(context, home)
    return keepOne(context, home, (bytes) => sign(key.value, bytes))
  },
}

interface Home {
  readonly folder: string
  readonly trust: { readonly domain: string; readonly ledgerKey: string; readonly code: string }
  readonly disk: ReadableDisk
}

async function keepOne(
  { out }: Context,
  { folder, trust, disk }: Home,
  signs: (bytes: Uint8Array) => string,
): Promise<number> {
  const checkpoint = newestCheckpoint(disk, trust.ledgerKey)
  if (!checkpoint.ok) throw damaged(checkpoint.error)
  const { seq, hash, stateRoot: root } = checkpoint.value
  const before = newestSnapshot(folder, trust, { atMost: seq, ignored: (why) => out.note(why) })
  if (before?.head.seq === seq) {
    out.result({ seq, kept: false }, [`there is a snapshot of event ${seq} already`])
    return exitCodes.done
  }
  const steps = before === null ? ok([]) : readSteps(before.beside, before.state)
  if (!steps.ok)
    throw damagedFailure(`snapshot ${before?.head.seq}: ${steps.error}`, 'delete it and try again')
  const canons = new CanonCheck(steps.value)
  const folded = foldTo(disk, seq, {
    snapshot: before,
    see: (state, event) => canons.see(state, event),
  })
  if (!folded.ok) throw damaged(folded.error)
  const { state } = folded.value
  if (folded.value.hash !== hash || stateRoot(state) !== root)
    throw usageFailure(
      `folding gives another state than checkpoint ${seq} was signed for`,
      'run: custos ledger verify',
    )
  const bytes = makeSnapshot(
    state,
    { seq: state.seq, hash },
    { ...trust, root, beside: stepsText(canons.steps) },
    {
      sign: signs,
    },
  )
  await keepSnapshot(folder, seq, bytes)
  out.result({ seq, kept: true, bytes: bytes.length, root }, [
    `kept the state after event ${seq}, ${bytes.length} bytes`,
  ])
  return exitCodes.done
}

function verifySnapshots({ out }: Context, { folder, trust, disk }: Home): number {
  const verdicts = new Map<number, string>()
  const read = new Map<number, ReadSnapshot>()
  for (const seq of snapshotPositions(folder)) {
    const one = newestSnapshot(folder, trust, { atMost: seq, ignored: (why) => verdicts.set(seq, why) })
    if (one?.head.seq === seq) read.set(seq, one)
  }
  const last = Math.max(0, ...read.keys())
  const ended = (state: State, chain: string): void => {
    const one = read.get(state.seq)
    if (one !== undefined) verdicts.set(state.seq, compare(one, state, chain))
  }
  const folded = last === 0 ? null : foldTo(disk, last, { snapshot: null, ended })
  if (folded?.ok === false) throw damaged(folded.error)
  const results = [...verdicts].map(([seq, verdict]) => ({ seq, verdict }))
  const isGood = results.every(({ seq, verdict }) => verdict === 'equal' || !read.has(seq))
  out.result({ snapshots: results, equal: isGood }, [
    ...results.map(({ seq, verdict }) => `event ${seq}: ${verdict}`),
    ...(results.length === 0 ? ['there are no snapshots'] : []),
  ])
  return isGood ? exitCodes.done : exitCodes.damaged
}

function compare({ head, state: kept }: ReadSnapshot, state: State, chain: string): string {
  if (head.hash !== chain) return 'it is of another history'
  if (stateRoot(kept) !== stateRoot(state)) return 'its state root is another'
  const isSame = [...state.processes].every(([key, { handles }]) => {
    const others = kept.processes.get(key)?.handles ?? new Map<never, never>()
    return others.size === handles.size && [...handles].every(([handle, held]) => others.get(handle) === held)
  })
  return isSame ? 'equal' : 'its tables of handles are others'
}
