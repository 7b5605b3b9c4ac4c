/** `custos secret list|remove|trust`: what is in the vault, taking it out, and whom to believe for one's own servers. */
import { netDefinitions, httpRequest } from '../../driver/net/net-definitions.ts'
import { pinService } from '../../driver/service/pin-service.ts'
import { secretDefinition, secretOf, secretSelector } from '../../driver/vault/secret.ts'
import { readTrust, writeTrust } from '../../driver/vault/trust.ts'
import { readVault, secretText, writeSecretText } from '../../driver/vault/vault.ts'
import { sha256Hex } from '../../base/hash.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { PinnedSelector } from '../../kernel/manifest.ts'
import type { SecretHead } from '../../driver/vault/secret.ts'
import { valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { orUndoIfRefused } from '../driver-undo.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { table } from '../output.ts'
import { findNet, signNet, troubleOf } from '../secret/net-driver.ts'
import { authoritiesIn, hostNamed } from '../secret/secret-flags.ts'
import { showAttach } from '../secret/secret-rendering.ts'
import { withKernel } from './with-kernel.ts'

/** Lists the secrets. */
export const secretListCommand: Command = {
  name: 'secret list',
  synopsis: '',
  summary: 'the secrets, what they are for, and whether they can be used',
  details: ['Values are never shown; there is no command that shows one.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) => withKernel(context, (kernel) => list(context, kernel)),
}

/** Removes a secret. */
export const secretRemoveCommand: Command = {
  name: 'secret remove',
  synopsis: 'NAME',
  summary: 'take a secret out of the vault (signed)',
  details: ['Whatever was granted for it can do nothing any more.'],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) => withKernel(context, (kernel) => remove(context, kernel)),
}

/** Says which authorities are believed for a host. */
export const secretTrustCommand: Command = {
  name: 'secret trust',
  synopsis: 'HOST --ca FILE…  |  HOST --none',
  summary: 'believe a server of your own by your own authority (signed)',
  details: ['For requests that Custos reads; a tunnel is verified by the program itself.'],
  flags: [
    { name: 'ca', value: 'FILE', repeat: true, about: 'certificates to believe, as PEM' },
    { name: 'none', about: 'believe nobody but the system’s authorities again' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) => withKernel(context, (kernel) => trust(context, kernel)),
}

async function list(context: Context, kernel: KernelClient): Promise<void> {
  const { out, paths } = context
  const pins = (await findNet(context, kernel))?.manifest.selectors ?? []
  const { secrets, problems } = readVault(paths.state)
  const rows = secrets.map((head) => ({ head, state: stateOf(head, pins) }))
  const lost = pins
    .flatMap(({ selector }) => secretOf(selector) ?? [])
    .filter((name) => !secrets.some((head) => head.name === name))
  for (const problem of problems) out.note(visible(problem))
  const value = rows.map(({ head: { name, hosts, attach, plainHttp }, state }) => {
    return { name, hosts, attach, plainHttp, state }
  })
  const cells = rows.map(({ head: { name, hosts, attach }, state }) => {
    return [visible(name), hosts.map(visible).join(','), showAttach(attach), state]
  })
  const missing = lost.map((name) => [visible(name), '', '', 'signed, and not in the vault'])
  const lines =
    cells.length + missing.length === 0
      ? [adviceIn(paths.domainName, 'There are no secrets: custos secret add NAME --host HOST')]
      : table([['NAME', 'HOSTS', 'ATTACHED AS', 'STATE'], ...cells, ...missing])
  out.result([...value, ...lost.map((name) => ({ name, state: 'lost' }))], lines)
}

function stateOf(head: SecretHead, pins: readonly PinnedSelector[]): string {
  const { selector, digest } = pinService(secretDefinition(head))
  const pinned = pins.find((pin) => pin.selector === selector)
  if (pinned === undefined) return 'not signed: cannot be used'
  return pinned.digest === digest ? 'usable' : 'changed since it was signed: cannot be used'
}

async function remove(context: Context, kernel: KernelClient): Promise<void> {
  const { args, paths } = context
  const name = args.positionals[0] ?? ''
  if (!isName(name)) throw usageFailure(`there is no secret ${visible(name)}`)
  const selector = secretSelector(name)
  const net = await findNet(context, kernel)
  const isPinned = net?.manifest.selectors.some((pin) => pin.selector === selector) === true
  if (!isPinned && secretText(paths.state, name) === null)
    throw usageFailure(`there is no secret ${name}`, 'custos secret list shows what there is')
  if (!isPinned) {
    writeSecretText(paths.state, name, null)
    return context.out.result({ name }, [`Secret ${name} was never signed; it is removed.`])
  }
  const signed = await signNet(context, kernel, { selector, definition: null }, [
    `(${selector} is dropped, and its value removed from the vault)`,
  ])
  writeSecretText(paths.state, name, null)
  context.out.result({ ...signed.made, name }, [
    `Secret ${name} is removed, recorded in #${numberOf(signed.made, 'seq')}.`,
    ...troubleOf(context, signed),
  ])
}

async function trust(context: Context, kernel: KernelClient): Promise<void> {
  const { args, paths } = context
  const host = hostNamed(args.positionals[0] ?? '')
  const files = valuesOf(args, 'ca')
  if ((files.length === 0) !== args.switches.has('none'))
    throw usageFailure('say whom to believe', '--ca FILE, or --none')
  const before = readTrust(paths.state)
  const after = new Map(before)
  if (files.length === 0) after.delete(host)
  else after.set(host, authoritiesIn(files))
  writeTrust(paths.state, after)
  const definition = netDefinitions(paths.state).find(({ selector }) => selector === httpRequest) ?? null
  const remarks = [...after].map(
    ([one, pem]) =>
      `(${visible(one)} is also believed by authorities with digest ${sha256Hex(pem).slice(0, 16)})`,
  )
  const signed = await orUndoIfRefused(
    () => writeTrust(paths.state, before),
    () => signNet(context, kernel, { selector: httpRequest, definition }, remarks),
  )
  context.out.result({ ...signed.made, host, hosts: [...after.keys()] }, [
    `Recorded in #${numberOf(signed.made, 'seq')}.`,
    ...troubleOf(context, signed),
  ])
}
