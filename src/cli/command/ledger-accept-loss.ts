/**
 * `custos ledger accept-loss`: an operator gives up what is doubtful at the end of a ledger that is not opened
 * because of it. It shows what that is, and what is signed names exactly that and nothing else.
 */
import { join } from 'node:path'
import { evolve } from '../../kernel/evolve.ts'
import type { State } from '../../kernel/state.ts'
import { initialState } from '../../kernel/state.ts'
import { sign } from '../../base/signature.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import type { Doubt } from '../../ledger/open.ts'
import { doubtOf } from '../../ledger/open.ts'
import type { Scan } from '../../ledger/scan.ts'
import { scanSegments } from '../../ledger/scan.ts'
import { headFile } from '../../ledger/safety/head-record.ts'
import { headFolder, readSafeguards } from '../../ledger/safety/safeguards-file.ts'
import { lossRecord, writeAcceptedLoss } from '../../machine/accepted-loss.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { keyNames, readKeyFile } from '../key-folder.ts'
import { keyFolder } from '../key-place.ts'
import { damaged, openLedgerFolder } from '../ledger-folder.ts'
import type { SealedKey } from '../operator-key.ts'
import { openKey } from '../signing.ts'
import { reachSupervisor } from '../supervisor-client.ts'

/** Gives up what is doubtful. */
export const ledgerAcceptLossCommand: Command = {
  name: 'ledger accept-loss',
  synopsis: '',
  summary: 'give up the end of a ledger that does not verify and may have been acknowledged',
  details: [
    'Nothing is destroyed: the bytes are set aside in the ledger folder at the next start, and that is recorded',
    'with your signature. Look first for a mirror or a backup that still has them.',
  ],
  flags: signingFlags,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { out, paths } = context
    openLedgerFolder(paths)
    const running = await reachSupervisor(paths)
    running?.close()
    if (running !== null) throw usageFailure('this home is running', 'run first: custos down')
    const { state, doubt, words } = lookAt(paths)
    const name = state.domain?.name
    if (doubt === null || name === undefined)
      throw usageFailure('nothing is doubtful in this ledger', 'run: custos up')
    const { operator, stored } = chooseOperator(context, state)
    out.note(`To be signed by operator ${visible(stored.name)}:`)
    for (const line of words) out.note(`  ${line}`)
    const record = lossRecord(name, operator, doubt)
    if (context.showRecord) out.note(visible(record))
    const key = await openKey(context, stored)
    writeAcceptedLoss(paths.domain, { record, signature: sign(key.privateKey, Buffer.from(record)) })
    out.result({ ...doubt, operator }, ['It is signed, and carried out at the next start: custos up'])
    return exitCodes.done
  },
}

interface Look {
  readonly state: State
  readonly doubt: Doubt | null
  readonly words: readonly string[]
}

/** What the ledger says up to where it is doubtful, read as opening it would. */
function lookAt(paths: HomePaths): Look {
  const state = initialState()
  const scan = scanSegments(ledgerDisk(paths.domain), {
    keepsNothing: true,
    record: ({ fleeting }) => evolve(state, fleeting),
    batchEnd: () => undefined,
  })
  if (!scan.ok) throw damaged(scan.error)
  return { state, ...doubtIn(scan.value, state, paths) }
}

function doubtIn({ unfinished, hash, seq }: Scan, state: State, paths: HomePaths): Omit<Look, 'state'> {
  if (unfinished !== null && unfinished.doubt !== null) {
    const doubt = doubtOf(unfinished)
    const where = `${unfinished.file} at byte ${unfinished.write.start}`
    const lines = [
      `give up the last ${unfinished.bytes.length} bytes of the ledger, from event ${doubt.seq} on`,
      `they may hold events that were acknowledged after the last checkpoint (${where}: ${unfinished.doubt})`,
      `digest ${doubt.digest}`,
    ]
    return { doubt, words: lines }
  }
  const choice = readSafeguards(paths.domain)
  const folder = choice.ok ? headFolder(paths.domain, choice.value) : join(paths.domain, 'head')
  if (state.safeguards?.head !== true || readableFolder(folder).open(headFile) !== null)
    return { doubt: null, words: [] }
  const doubt: Doubt = { what: 'head', seq, digest: hash.toString('hex') }
  const lines = [
    `take the ledger for whole at event ${seq}, although its head record is missing`,
    `nothing in ${visible(folder)} says that no events were lost after that`,
    `chain ${doubt.digest}`,
  ]
  return { doubt, words: lines }
}

function chooseOperator(
  { paths, env, operator: wanted }: Context,
  state: State,
): { readonly operator: number; readonly stored: SealedKey } {
  const folder = keyFolder(paths.home, env)
  const names = wanted === null ? keyNames(folder) : [wanted]
  const usable = names.flatMap((name) => {
    const stored = readKeyFile(folder, name)
    const known = [...state.operators.values()].find(
      ({ publicKey, level, status }) =>
        publicKey === stored.publicKey && level !== 'co-operator' && status === undefined,
    )
    return known === undefined ? [] : [{ operator: known.id, stored }]
  })
  const [only, another] = usable
  if (only === undefined)
    throw usageFailure(`no key in ${folder} belongs to an operator who may decide this`, 'set CUSTOS_KEYS')
  if (another === undefined) return only
  throw usageFailure('more than one key here may sign', 'choose one with --operator')
}
