/**
 * `custos canon propose|sign|enact`: amending the canon. A draft becomes an amendment in a file, keyholders sign it
 * one by one wherever they are, and an operator's order carries the result to the kernel, which counts.
 */
import { sign, verify } from '../../base/signature.ts'
import { signedBytes } from '../../kernel/canon/document.ts'
import { keyholdersInForce } from '../../kernel/canon/quorum.ts'
import type { SignedCanon } from '../../seal/canon-file.ts'
import { valueOf } from '../arguments.ts'
import { draftFrom, readDraft, showAmendment, showProgress, writeDraft } from '../canon-draft.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { GoverningState } from '../governing-state.ts'
import { readGoverningState } from '../governing-state.ts'
import { keyNames, readKeyFile } from '../key-folder.ts'
import { keyFolder } from '../key-place.ts'
import { numberOf } from '../kernel-client.ts'
import type { SealedKey } from '../operator-key.ts'
import { openKey, signAndSend } from '../signing.ts'
import { withGoverning } from './with-kernel.ts'

/** Makes an amendment from a draft. */
export const canonProposeCommand: Command = {
  name: 'canon propose',
  synopsis: 'DRAFT [--out FILE]',
  summary: 'make the next version of the canon from an edited draft, ready to be signed',
  details: [
    'Begin with: custos canon show --json > draft.json. Version and predecessor are filled in. The keyholders to',
    'come must be at least two, with a threshold of at least two.',
  ],
  flags: [{ name: 'out', value: 'FILE', about: 'where to write it (default: canon-VERSION.json)' }],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run(context) {
    const { state } = readGoverningState(context)
    const draft = draftFrom(context.args.positionals[0] ?? '', state)
    const file = valueOf(context.args, 'out') ?? `canon-${draft.canon.version}.json`
    writeDraft(file, draft, true)
    context.out.result({ file, version: draft.canon.version }, [
      ...showAmendment(draft, state),
      '',
      `Wrote ${visible(file)}. Keyholders of both sets sign it with: custos canon sign ${visible(file)}`,
    ])
    return Promise.resolve(exitCodes.done)
  },
}

/** Adds a keyholder's signature. */
export const canonSignCommand: Command = {
  name: 'canon sign',
  synopsis: 'FILE [--operator KEYNAME]',
  summary: 'add your signature, as a keyholder, to a proposed canon',
  details: ['It shows everything that changes before it asks for the passphrase. Nothing is sent anywhere.'],
  flags: signingFlags.filter(({ name }) => name !== 'show-record'),
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const file = context.args.positionals[0] ?? ''
    const governed = readGoverningState(context)
    const draft = readDraft(file)
    const stored = chooseKeyholder(context, draft, governed)
    for (const line of showAmendment(draft, governed.state)) context.out.note(line)
    context.out.note(`To be signed by keyholder ${visible(stored.name)}.`)
    const key = await openKey(context, stored)
    const bytes = signedBytes(draft.canon)
    const signature = { publicKey: key.publicKey, signature: sign(key.privateKey, bytes) }
    if (!verify(signature.publicKey, bytes, signature.signature)) throw usageFailure('the key does not sign')
    const others = draft.signatures.filter(({ publicKey }) => publicKey !== key.publicKey)
    const signed = { ...draft, signatures: [...others, signature] }
    writeDraft(file, signed, false)
    context.out.result({ file, signatures: signed.signatures.length }, [
      `Signed by ${visible(stored.name)}.`,
      ...showProgress(signed, governed.state, Date.now()),
    ])
    return exitCodes.done
  },
}

/** Puts an amendment in force. */
export const canonEnactCommand: Command = {
  name: 'canon enact',
  synopsis: 'FILE',
  summary: 'put a proposed canon in force that enough keyholders of both sets have signed (signed)',
  details: [
    'The order only carries the keyholders’ signatures; the kernel counts them. What waits for approval at that',
    'moment lapses, since it was shown under the canon before.',
  ],
  flags: signingFlags,
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withGoverning(context, async (kernel, there) => {
      const { state } = readGoverningState(context)
      const { canon, signatures } = readDraft(context.args.positionals[0] ?? '')
      const made = await signAndSend(there, kernel, { do: 'canon.amend', canon, signatures }, [
        ...showProgress({ canon, signatures }, state, Date.now()),
      ])
      context.out.result({ ...made, version: canon.version }, [
        `Canon version ${canon.version} is in force, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

/** The key that was named, or the only one here whose signature would count. */
function chooseKeyholder(
  { paths, env, operator }: Context,
  { canon }: SignedCanon,
  { state }: GoverningState,
): SealedKey {
  const folder = keyFolder(paths.home, env)
  const wanted = new Set(
    [...keyholdersInForce(state).keyholders, ...canon.keyholders].map(({ publicKey }) => publicKey),
  )
  const names = operator === null ? keyNames(folder) : [operator]
  const usable = names
    .map((name) => readKeyFile(folder, name))
    .filter(({ publicKey }) => wanted.has(publicKey))
  const [only, another] = usable
  if (only === undefined)
    throw usageFailure(
      operator === null
        ? `no key in ${folder} is a keyholder’s of this canon or of the one in force`
        : `the key ${visible(operator)} is no keyholder’s of this canon or of the one in force`,
    )
  if (another === undefined) return only
  throw usageFailure(
    'more than one key here may sign',
    `choose one with --operator: ${usable.map(({ name }) => name).join(', ')}`,
  )
}
