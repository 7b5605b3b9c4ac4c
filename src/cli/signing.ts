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
import { keyNames, readKeyFile } from './key-folder.ts'
import { keyFolder } from './key-place.ts'
import type { OperatorKey, SealedKey } from './operator-key.ts'
import { openOperatorKey } from './operator-key.ts'
import { orderRecord, recordText, showAction, signOrder } from './order.ts'
import { readPassphrase } from './passphrase.ts'

/** An operator ready to sign. */
export interface Signer {
  readonly operator: OperatorId
  readonly key: OperatorKey
}

/** The operator who will sign, before the key is opened. */
interface ChosenKey {
  readonly operator: OperatorId
  readonly operatorName: string
  readonly stored: SealedKey
}

async function chooseKey(context: Context, kernel: KernelClient): Promise<ChosenKey> {
  const enrolled = new Map<string, Pick<ChosenKey, 'operator' | 'operatorName'>>()
  for (const entry of listOf(await kernel.query('operators'))) {
    if (entry['status'] !== undefined && entry['status'] !== 'active') continue
    enrolled.set(textOf(entry, 'publicKey'), {
      operator: id<OperatorId>(numberOf(entry, 'operator')),
      operatorName: textOf(entry, 'name'),
    })
  }
  const folder = keyFolder(context.paths.home, context.env)
  const candidates = context.operator === null ? keyNames(folder) : [context.operator]
  const usable = candidates.flatMap((name) => {
    const stored = readKeyFile(folder, name)
    const known = enrolled.get(stored.publicKey)
    return known === undefined ? [] : [{ ...known, stored }]
  })
  const [only, another] = usable
  if (only === undefined) {
    const { domain } = kernel.ground
    throw usageFailure(
      context.operator === null
        ? `no key in ${folder} belongs to an operator of domain ${domain} in ${context.paths.home}`
        : `the key "${context.operator}" is not enrolled in domain ${domain} of ${context.paths.home}`,
      'custos operator list shows whose keys count; CUSTOS_KEYS is the folder that holds them',
    )
  }
  if (another === undefined) return only
  const names = usable.map(({ stored }) => stored.name).join(', ')
  throw usageFailure('more than one key here may sign', `choose one with --operator: ${names}`)
}

/** Who would sign now, and the name of their key's file. */
export async function whoSigns(
  context: Context,
  kernel: KernelClient,
): Promise<{ readonly operatorName: string; readonly keyName: string }> {
  const { operatorName, stored } = await chooseKey(context, kernel)
  return { operatorName, keyName: stored.name }
}

/** Opens a key with the passphrase. */
export async function openKey(context: Context, stored: SealedKey): Promise<OperatorKey> {
  const { passphrases } = context
  const passphrase = await readPassphrase(passphrases, visible(stored.name))
  const opened = await openOperatorKey(stored, passphrase)
  if (opened.ok) {
    passphrases.proven?.set(visible(stored.name), passphrase)
    return opened.value
  }
  throw usageFailure(opened.error, 'try again; a forgotten passphrase cannot be recovered')
}

/** One order among several that are signed with the passphrase given once. */
export interface PlannedOrder {
  readonly action: OrderAction
  /** Says in names what the order says in ids. */
  readonly remarks: readonly string[]
  /** What goes beside an approval that answers a question. */
  readonly answer?: string
}

/**
 * Shows one order, asks for the passphrase, signs exactly what was shown and sends it. `remarks` say in names
 * what the order says in ids. Returns what the kernel says it made; a refusal is a CommandFailure.
 */
export async function signAndSend(
  context: Context,
  kernel: KernelClient,
  action: OrderAction,
  remarks: readonly string[] = [],
): Promise<JsonObject> {
  let made: JsonObject = {}
  await signEach(context, kernel, [{ action, remarks }], (one) => void (made = one))
  return made
}

/** Nothing was done yet, and nothing is to be undone: the order stands as a proposal. */
function proposed(kernel: KernelClient, made: JsonObject): CommandFailure {
  const seq = numberOf(made, 'seq')
  return new CommandFailure(
    exitCodes.proposed,
    `the order waits for a second operator as proposal ${seq}`,
    `another operator: custos proposals confirm ${seq} --domain ${kernel.ground.domain}`,
    { seq },
  )
}

/**
 * Shows all orders, asks for the passphrase once, then signs and sends one after the other. `onMade` hears of
 * each that is recorded, before the next is sent; at the first refusal it stops with a CommandFailure.
 */
export async function signEach(
  context: Context,
  kernel: KernelClient,
  orders: readonly PlannedOrder[],
  onMade: (made: JsonObject, index: number) => void,
): Promise<void> {
  const { operator, stored } = await chooseKey(context, kernel)
  context.out.note(`To be signed by operator ${visible(stored.name)}:`)
  const records = orders.map(({ action, remarks }) => {
    const record = orderRecord(action, operator, kernel.ground, Date.now())
    for (const line of [...showAction(action), ...remarks]) context.out.note(`  ${line}`)
    if (context.showRecord) context.out.note(visible(recordText(record)))
    return record
  })
  const key = await openKey(context, stored)
  for (const [index, record] of records.entries()) {
    const made = await kernel.order(signOrder(record, key), orders[index]?.answer)
    if (numberOf(made, 'seq') <= 0) {
      throw new CommandFailure(exitCodes.fault, 'the kernel did not say where it recorded the order')
    }
    if (textOf(made, 'event') === 'order.proposed') throw proposed(kernel, made)
    onMade(made, index)
  }
}
