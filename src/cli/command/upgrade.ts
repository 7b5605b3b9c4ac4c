/**
 * `custos upgrade`: an operator accepts that other code than before runs in this home. What runs hears the order, and
 * is started anew. Where nothing runs, the signed order is left in a file for the next start, whose kernel judges it
 * like every order.
 */
import { sha256Hex } from '../../base/hash.ts'
import { codePaths, readAcceptance, writeAcceptance, writeManifest } from '../../seal/code-check.ts'
import type { CodeDifference, CodeManifest } from '../../seal/code-manifest.ts'
import { compareCode, manifestDigest, parseManifestText, readCode } from '../../seal/code-manifest.ts'
import { readIfThere } from '../../seal/whole-file.ts'
import { bringDown, bringUp } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { GoverningState } from '../governing-state.ts'
import { readGoverningState } from '../governing-state.ts'
import { keyNames, readKeyFile } from '../key-folder.ts'
import { keyFolder } from '../key-place.ts'
import type { SealedKey } from '../operator-key.ts'
import { orderRecord, recordText, showAction, signOrder } from '../order.ts'
import { openKey, signAndSend } from '../signing.ts'
import { reachSupervisor } from '../supervisor-client.ts'
import { withGoverning } from './with-kernel.ts'

const shown = 40

/** Accepts the code that this command is part of. */
export const upgradeCommand: Command = {
  name: 'upgrade',
  synopsis: '[--operator NAME]',
  summary: 'accept the code that is installed now, after seeing which files changed (signed)',
  details: [
    'A home starts only with the code that was accepted for it, file by file. What runs is stopped, and is',
    'started again with the other code once a sovereign operator has signed for it.',
  ],
  flags: signingFlags,
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const governed = readGoverningState(context)
    const present = readCode('all')
    const digest = manifestDigest(present)
    const bytes = readIfThere(codePaths(context.paths.home).manifest)
    const isKept = bytes !== null && sha256Hex(bytes) === digest
    if (governed.state.domain.codeDigest === digest) {
      if (!isKept) writeManifest(context.paths.home, present)
      context.out.result({ digest, changed: [] }, ['This code is accepted already.'])
      return exitCodes.done
    }
    const recorded = bytes === null ? null : parseManifestText(bytes)
    const differences = recorded?.ok === true ? compareCode(recorded.value, present, 'all') : []
    showCode(context, differences, present, recorded?.ok === true)
    if (await runs(context)) await acceptRunning(context, present, isKept)
    else await acceptForStart(context, governed, digest)
    context.out.result({ digest, changed: differences }, [
      `Accepted: the code with the manifest ${digest} may run here.`,
    ])
    return exitCodes.done
  },
}

function showCode(
  { out }: Context,
  differences: readonly CodeDifference[],
  present: CodeManifest,
  isKnown: boolean,
): void {
  if (!isKnown)
    out.note(`No manifest of accepted code can be read here. There are ${present.size} files now.`)
  for (const { path, how } of differences.slice(0, shown)) out.note(`  ${how.padEnd(8)} ${visible(path)}`)
  if (differences.length > shown) out.note(`  … and ${differences.length - shown} more`)
}

async function runs({ paths }: Context): Promise<boolean> {
  const running = await reachSupervisor(paths)
  running?.close()
  return running !== null
}

/** What runs hears the order while it still can, so that it may wait for a second operator; then it starts anew. */
async function acceptRunning(context: Context, present: CodeManifest, isKept: boolean): Promise<void> {
  await withGoverning(context, async (kernel, there) => {
    await signAndSend(there, kernel, { do: 'code.accept', digest: manifestDigest(present) })
  })
  // A home that was made before code was recorded runs this code already.
  if (isKept) return
  writeManifest(context.paths.home, present)
  await bringDown(context.paths)
  await bringUp(context.paths, context.out)
}

async function acceptForStart(context: Context, governed: GoverningState, digest: string): Promise<void> {
  const { paths, out } = context
  const { domain } = governed.state
  const { operator, stored } = chooseOperator(context, governed)
  const { name, policyVersion, canonVersion } = domain
  const action = { do: 'code.accept', digest } as const
  out.note(`To be signed by operator ${visible(stored.name)}:`)
  for (const line of showAction(action)) out.note(`  ${line}`)
  const key = await openKey(context, stored)
  // Only now, since an order is good for a few minutes, and a passphrase may take longer.
  const record = orderRecord(action, operator, { domain: name, policyVersion, canonVersion }, Date.now())
  if (context.showRecord) out.note(visible(recordText(record)))
  const { text, signature } = signOrder(record, key)
  writeAcceptance(paths.home, { digest, signed: { record: text, signature } })
  await bringUp(paths, out)
  if (readAcceptance(paths.home)?.digest === digest)
    throw new CommandFailure(
      exitCodes.fault,
      'the order was not carried out',
      `see ${governed.paths.kernelLog}`,
    )
}

/** The key of a sovereign operator: no kernel can be asked who is enrolled, so the ledger says. */
function chooseOperator(
  { paths, env, operator: wanted }: Context,
  { state }: GoverningState,
): { readonly operator: Parameters<typeof orderRecord>[1]; readonly stored: SealedKey } {
  const folder = keyFolder(paths.home, env)
  const names = wanted === null ? keyNames(folder) : [wanted]
  const active = [...state.operators.values()].filter(
    ({ level, status }) => level === 'sovereign' && status === undefined,
  )
  const usable = names.flatMap((name) => {
    const stored = readKeyFile(folder, name)
    const known = active.find(({ publicKey }) => publicKey === stored.publicKey)
    return known === undefined ? [] : [{ operator: known.id, stored }]
  })
  const [only, another] = usable
  if (only === undefined)
    throw usageFailure(
      `no key in ${folder} belongs to a sovereign operator of ${paths.home}`,
      'set CUSTOS_KEYS',
    )
  if (another === undefined) return only
  const choice = usable.map(({ stored }) => stored.name).join(', ')
  throw usageFailure('more than one key here may sign', `choose one with --operator: ${choice}`)
}
