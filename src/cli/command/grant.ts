/**
 * `custos grant`: an operator's signed grant, the root of every authority. The terms are shown in words
 * before they are signed, and what the flags do not say is not allowed.
 */
import type { ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { FlagSpec } from '../arguments.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { planGrant } from '../grant-plan.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { findDriver } from '../lookup.ts'
import { presetChoices } from '../presets/preset-grant.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** The terms of a grant. */
export const termFlags: readonly FlagSpec[] = [
  {
    name: 'where',
    value: "'NAME CONSTRAINT'",
    repeat: true,
    about: 'allow an argument; NAME? makes it optional',
  },
  { name: 'open', about: 'allow arguments that no --where names' },
  { name: 'uses', value: 'N', about: 'how many uses there are altogether' },
  { name: 'expires', value: 'DURATION', about: 'when it dies: 90s, 15m, 1h, 7d' },
  { name: 'rate', value: 'N/DURATION', about: 'at most N uses in any window, for example 10/1m' },
  { name: 'budget', value: 'N', about: 'what its uses may cost together, as the selectors are priced' },
  { name: 'quorum', value: 'K', about: 'every use takes K capabilities, granted by K operators' },
  { name: 'approvals', value: 'K', about: 'every use must be approved by K different operators' },
  { name: 'ask', about: 'every use must be approved by an operator' },
  { name: 'four-eyes', about: 'every use must be approved, and a second operator must agree' },
  { name: 'no-derive', about: 'nothing may be derived from it, and it cannot be moved' },
  { name: 'badge', value: 'TEXT', about: 'a label passed on to the driver with every call' },
]

const flags: readonly FlagSpec[] = [
  {
    name: 'preset',
    value: 'NAME',
    bare: true,
    about: 'selectors and terms for a known server; alone: lists them',
  },
  { name: 'root', value: 'DIR', repeat: true, about: 'the folder that a preset or client/roots is about' },
  ...termFlags,
  ...signingFlags,
]

/** Grants a capability. */
export const grantCommand: Command = {
  name: 'grant',
  synopsis: "AGENT DRIVER SELECTOR… [--where 'NAME CONSTRAINT']… [--open] [--uses N] [--expires 1h] …",
  summary: 'give an agent, or a driver, a capability (signed)',
  details: [
    "A bare tool name means tools/NAME; '*' means every selector pinned now.",
    'Arguments that no --where names are refused, unless --open is given.',
    "--where 'path within /data'      --where 'head? range 1..100'     --where 'mode in [\"a\",\"b\"]'",
    "--where 'name glob *.txt'        --where 'paths every within /data'  --where 'query any'",
    "--where 'tools/write_file: path within /data/out' applies to that selector alone.",
    'Known servers:  custos grant AGENT DRIVER --preset read-only --root DIR',
    'What a driver may ask of its clients:  custos grant DRIVER client/roots --root DIR…',
    '  custos grant DRIVER client/sampling --uses 10 --open;  custos grant DRIVER client/elicitation --open',
  ],
  flags,
  positionals: { fewest: 2, most: null },
  run: (context) =>
    withKernel(context, async (kernel) => {
      if (valueOf(context.args, 'preset') === '') return listPresets(context, kernel)
      const plan = await planGrant(context, kernel)
      for (const note of plan.notes) context.out.note(note)
      const { holder, holderKind, holderName, object, objectName, caveats } = plan
      const action = {
        do: 'capability.grant',
        holder: id<ProcessId>(holder),
        object: id<ObjectId>(object),
        caveats,
      } as const
      const made = await signAndSend(context, kernel, action, [
        `(process ${holder} is ${holderKind} ${holderName}; object ${object} is driver ${objectName})`,
      ])
      const what = holderKind === 'driver' ? `to driver ${holderName}` : `on ${objectName} to ${holderName}`
      context.out.result(made, [
        `Granted c${numberOf(made, 'capability')} ${what}, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

async function listPresets(context: Context, kernel: KernelClient): Promise<void> {
  const driver = await findDriver(kernel, context.args.positionals[1] ?? '')
  const choices = presetChoices(driver.selectors)
  const lines = choices.map(({ name, about }) => `${name.padEnd(32)} ${about}`)
  context.out.result(
    choices,
    lines.length === 0 ? [`No preset is known for driver ${visible(driver.name)}.`] : lines,
  )
}
