/**
 * `custos secret add|rotate`: puts a credential into the vault and signs what it is for. From then on a process that
 * was granted `secret/NAME` can use it towards its hosts, and nobody inside can see it.
 */
import { id } from '../../base/ids.ts'
import type { ObjectId, ProcessId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { sealSecret } from '../../driver/vault/sealed-secret.ts'
import type { SecretHead } from '../../driver/vault/secret.ts'
import { placeholderOf, secretDefinition, secretSelector } from '../../driver/vault/secret.ts'
import { pinService } from '../../driver/service/pin-service.ts'
import { ensureVaultKey } from '../../driver/vault/vault-key.ts'
import { readVault, secretText, writeSecretText } from '../../driver/vault/vault.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { FlagSpec } from '../arguments.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { orUndoIfRefused } from '../driver-undo.ts'
import { visible } from '../escape.ts'
import { damagedFailure, usageFailure } from '../exit.ts'
import { keyFolder } from '../key-place.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { findAgent, findDriver } from '../lookup.ts'
import type { SignedNet } from '../secret/net-driver.ts'
import { findNet, signNet, troubleOf } from '../secret/net-driver.ts'
import { attachNamed, authoritiesIn, hostsNamed, secretCaveats } from '../secret/secret-flags.ts'
import { showHead } from '../secret/secret-rendering.ts'
import { readSecretValue } from '../secret/secret-value.ts'
import type { PlannedOrder } from '../signing.ts'
import { signEach } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

const valueFlag: FlagSpec = {
  name: 'value-file',
  value: 'FILE',
  about: 'take the value from a private file (default: a prompt, or standard input)',
}

/** Adds a secret. */
export const secretAddCommand: Command = {
  name: 'secret add',
  synopsis: "NAME --host HOST… [--header 'authorization: Bearer {}'] [--for AGENT]…",
  summary: 'keep a credential that programs can use and not see (signed)',
  details: [
    'The value is asked for, or read from standard input or --value-file; never given on the command line.',
    'It is attached to requests outside the sandbox, and only to those for its hosts. Grant its use with --for, or:',
    "  custos grant AGENT net secret/NAME --where 'host = api.example' --open",
    'A tool that insists on a token can be given the text custos-secret:NAME in its place.',
  ],
  flags: [
    { name: 'host', value: 'HOST', repeat: true, about: 'a host that it may be sent to' },
    { name: 'header', value: "'NAME: TEMPLATE'", about: 'the header that carries it; {} is the value' },
    { name: 'query', value: 'NAME', about: 'or the query parameter that carries it' },
    { name: 'basic', value: 'USER', about: 'or it is the password of this user' },
    { name: 'plain-http', about: 'it may also be sent without TLS' },
    {
      name: 'ca',
      value: 'FILE',
      repeat: true,
      about: 'authorities to believe its hosts by, beside the system’s',
    },
    valueFlag,
    { name: 'for', value: 'AGENT', repeat: true, about: 'grant its use to this agent' },
    { name: 'driver', value: 'DRIVER', repeat: true, about: 'grant its use to the program of this driver' },
    { name: 'port', value: 'PORT', repeat: true, about: 'of the grant: ports (default 443)' },
    { name: 'address', value: 'ADDRESS', about: 'of the grant: the host is at this address, private or not' },
    { name: 'ask', about: 'of the grant: every use must be approved by an operator' },
    { name: 'expires', value: 'DURATION', about: 'of the grant: when it dies: 90s, 15m, 1h, 7d' },
    { name: 'uses', value: 'N', about: 'of the grant: how many uses there are altogether' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) => withKernel(signingOnce(context), (kernel) => add(signingOnce(context), kernel)),
}

/** Gives a secret another value. */
export const secretRotateCommand: Command = {
  name: 'secret rotate',
  synopsis: 'NAME [--value-file FILE]',
  summary: 'give a secret a new value; grants stay (signed)',
  details: ['The old value is gone from the vault once the new one is signed.'],
  flags: [valueFlag, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) => withKernel(context, (kernel) => rotate(context, kernel)),
}

/** The same context, in which a passphrase that opened its key is not asked for twice. */
function signingOnce(context: Context): Context {
  return { ...context, passphrases: { ...context.passphrases, proven: new Map<string, string>() } }
}

async function add(context: Context, kernel: KernelClient): Promise<void> {
  const { args, paths } = context
  const name = args.positionals[0] ?? ''
  if (!isName(name))
    throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
  const selector = secretSelector(name)
  const net = await findNet(context, kernel)
  if (
    secretText(paths.state, name) !== null ||
    net?.manifest.selectors.some((pin) => pin.selector === selector)
  )
    throw usageFailure(
      `there is a secret ${name} already`,
      `custos secret rotate ${name}, or custos secret remove ${name}`,
    )
  const about = {
    name,
    hosts: hostsNamed(valuesOf(args, 'host')),
    attach: attachNamed(args),
    plainHttp: args.switches.has('plain-http'),
    authorities: authoritiesIn(valuesOf(args, 'ca')),
  }
  const grants = await holders(context, kernel, about)
  const { signed, head } = await keep(context, kernel, about)
  const granted: JsonObject[] = []
  const orders = grants.map(({ process, remark }): PlannedOrder => ({
    action: {
      do: 'capability.grant',
      holder: id<ProcessId>(process),
      object: id<ObjectId>(signed.driver),
      caveats: secretCaveats(args, name, about.hosts, about.plainHttp ? 'http and https' : 'https'),
    },
    remarks: [remark],
  }))
  if (orders.length > 0) await signEach(context, kernel, orders, (made) => void granted.push(made))
  const isHeld = granted.length > 0
  report(
    context,
    head,
    signed,
    granted,
    isHeld
      ? []
      : [adviceIn(context.paths.domainName, `Nobody may use it yet: custos grant AGENT net ${selector} …`)],
  )
}

async function rotate(context: Context, kernel: KernelClient): Promise<void> {
  const { args, paths } = context
  const name = args.positionals[0] ?? ''
  const known = readVault(paths.state).secrets.find((head) => head.name === name)
  if (known === undefined)
    throw usageFailure(`there is no secret ${visible(name)}`, 'custos secret list shows what there is')
  const pinned = (await findNet(context, kernel))?.manifest.selectors ?? []
  const { digest } = pinService(secretDefinition(known))
  if (!pinned.some((pin) => pin.selector === secretSelector(name) && pin.digest === digest))
    throw usageFailure(
      `what lies in the vault for ${name} is not what was signed`,
      `custos secret remove ${name}, and add it again`,
    )
  const { signed, head } = await keep(context, kernel, known)
  report(context, head, signed, [], [])
}

/** Reads the value, seals it, and has it signed; a refusal puts back what was there. */
async function keep(
  context: Context,
  kernel: KernelClient,
  about: Omit<SecretHead, 'salt' | 'digest'>,
): Promise<{ readonly signed: SignedNet; readonly head: SecretHead }> {
  const { args, paths, env } = context
  const { name, hosts, attach, plainHttp, authorities } = about
  const value = await readSecretValue(name, valueOf(args, 'value-file'))
  const key = ensureVaultKey(paths.state, keyFolder(paths.home, env))
  if (!key.ok)
    throw damagedFailure(key.error, 'restore it from a backup, or remove the vault and add its secrets anew')
  const { head, text } = sealSecret(key.value, { name, hosts, attach, plainHttp, authorities }, value)
  const before = secretText(paths.state, name)
  writeSecretText(paths.state, name, text)
  const undo = (): void => writeSecretText(paths.state, name, before)
  const change = { selector: secretSelector(name), definition: secretDefinition(head) }
  const signed = await orUndoIfRefused(undo, () => signNet(context, kernel, change, showHead(head)))
  return { signed, head }
}

interface Holder {
  readonly process: number
  readonly remark: string
}

/** Who is granted the secret; found before anything is asked or written. */
async function holders(
  { args }: Context,
  kernel: KernelClient,
  { name, hosts, plainHttp }: Pick<SecretHead, 'name' | 'hosts' | 'plainHttp'>,
): Promise<readonly Holder[]> {
  const found: Holder[] = []
  for (const word of valuesOf(args, 'for')) {
    const { process, name: agent } = await findAgent(kernel, word)
    found.push({ process, remark: `(process ${process} is agent ${visible(agent)})` })
  }
  for (const word of valuesOf(args, 'driver')) {
    const { driver, name: known } = await findDriver(kernel, word)
    found.push({ process: driver, remark: `(process ${driver} is driver ${visible(known)})` })
  }
  const ofGrant = ['port', 'address', 'expires', 'uses'].find((flag) => args.values.has(flag))
  if (found.length === 0 && (ofGrant !== undefined || args.switches.has('ask')))
    throw usageFailure(
      `--${ofGrant ?? 'ask'} is about a grant`,
      'say for whom: --for AGENT or --driver DRIVER',
    )
  // Bad flags must fail before the value is asked for.
  if (found.length > 0) secretCaveats(args, name, hosts, plainHttp ? 'http and https' : 'https')
  return found
}

function report(
  context: Context,
  head: SecretHead,
  signed: SignedNet,
  granted: readonly JsonObject[],
  advice: readonly string[],
): void {
  const { name, hosts } = head
  const capabilities = granted.map((made) => numberOf(made, 'capability'))
  const value = {
    ...signed.made,
    name,
    hosts,
    driver: signed.driver,
    attached: signed.attached,
    capabilities,
  }
  context.out.result(value, [
    `Secret ${visible(name)} is kept, recorded in #${numberOf(signed.made, 'seq')}.`,
    ...capabilities.map((capability) => `Its use is granted as c${capability}.`),
    ...advice,
    `Where a tool insists on a token, give it ${placeholderOf(visible(name))}.`,
    ...troubleOf(context, signed),
  ])
}
