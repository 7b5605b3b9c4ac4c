/**
 * Signing on behalf of the person at the keyboard: finds the operator that this home has enrolled, opens the
 * key with the passphrase, shows what is about to be signed, signs exactly that and sends it.
 */
import type { OperatorId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { OrderAction } from '../kernel/command.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { CommandFailure, exitCodes, usageFailure } from './exit.ts'
import type { KernelClient } from './kernel-client.ts'
import { listOf, numberOf, textOf } from './kernel-client.ts'
import { keyFolder, keyNames, readKeyFile } from './key-folder.ts'
import type { OperatorKey, SealedKey } from './operator-key.ts'
import { openOperatorKey } from './operator-key.ts'
import { orderRecord, showAction, signOrder } from './order.ts'
import { readPassphrase } from './passphrase.ts'

/** An operator ready to sign. */
export interface Signer {
  readonly operator: OperatorId
  readonly key: OperatorKey
}

/** Finds the operator's key and opens it; asks for the passphrase. */
export async function openSigner(context: Context, kernel: KernelClient): Promise<Signer> {
  const enrolled = new Map<string, number>()
  for (const entry of listOf(await kernel.query('operators'))) {
    enrolled.set(textOf(entry, 'publicKey'), numberOf(entry, 'operator'))
  }
  const stored = chooseKey(context, enrolled)
  const opened = await openOperatorKey(
    stored,
    await readPassphrase(context.passphrases, visible(stored.name)),
  )
  if (!opened.ok) throw usageFailure(opened.error, 'try again; a forgotten passphrase cannot be recovered')
  return { operator: id<OperatorId>(enrolled.get(stored.publicKey) ?? 0), key: opened.value }
}

function chooseKey(context: Context, enrolled: ReadonlyMap<string, number>): SealedKey {
  const folder = keyFolder(context.paths.home, context.env)
  if (context.operator !== null) {
    const named = readKeyFile(folder, context.operator)
    if (enrolled.has(named.publicKey)) return named
    throw usageFailure(`the key "${visible(context.operator)}" is not enrolled in ${context.paths.home}`)
  }
  const usable = keyNames(folder)
    .map((name) => readKeyFile(folder, name))
    .filter((key) => enrolled.has(key.publicKey))
  const [only, another] = usable
  if (only === undefined) {
    throw usageFailure(
      `no key in ${folder} belongs to an operator of ${context.paths.home}`,
      'set CUSTOS_KEYS to the folder that holds it',
    )
  }
  if (another === undefined) return only
  throw usageFailure(
    'more than one key here may sign',
    `choose one with --operator: ${usable.map((key) => visible(key.name)).join(', ')}`,
  )
}

/** Shows, signs and sends one order. Returns what the kernel says it made; a refusal is a CommandFailure. */
export async function sendOrder(
  context: Context,
  kernel: KernelClient,
  signer: Signer,
  action: OrderAction,
): Promise<JsonObject> {
  const record = orderRecord(action, signer.operator, kernel.ground, Date.now())
  const signed = signOrder(record, signer.key)
  context.out.note(`Signing as ${visible(signer.key.name)}:`)
  for (const line of showAction(action)) context.out.note(`  ${line}`)
  if (context.showRecord) context.out.note(visible(signed.text))
  const made = await kernel.order(signed)
  if (numberOf(made, 'seq') === 0) {
    throw new CommandFailure(exitCodes.fault, 'the kernel did not say where it recorded the order')
  }
  return made
}
