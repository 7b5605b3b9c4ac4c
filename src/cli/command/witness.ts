/**
 * `custos witness`: a small server for a second machine, which cosigns the tree heads of ledgers elsewhere only while
 * each continues the one before. It needs no home and knows nothing of what the ledgers hold.
 */
import { sha256 } from '../../base/hash.ts'
import type { NoteKey } from '../../ledger/evidence/note.ts'
import { formatKey } from '../../ledger/evidence/note.ts'
import type { WitnessAddress } from '../../witness/witness-address.ts'
import { listenAddress } from '../../witness/witness-address.ts'
import { createWitnessKey, memoryOf, readWitnessKey } from '../../witness/witness-key.ts'
import { WitnessMemory } from '../../witness/witness-memory.ts'
import { serveWitness } from '../../witness/witness-server.ts'
import { Witness } from '../../witness/witness.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { typedKey } from '../evidence-view.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'

/** Serves until it is told to end. */
export const witnessCommand: Command = {
  name: 'witness',
  synopsis: '--key FILE --log KEY… [--listen ADDRESS]',
  summary: 'cosign the tree heads of ledgers elsewhere, while each continues the one before',
  details: [
    'Run it on a machine that whoever could rewrite the ledger has no power over.',
    'KEY is what custos ledger witness shows at the ledger; the key file is made by custos witness init.',
  ],
  flags: [
    { name: 'key', value: 'FILE', about: "the witness's key" },
    { name: 'log', value: 'KEY', repeat: true, about: 'a ledger that it serves' },
    { name: 'listen', value: 'ADDRESS', about: 'ADDRESS:PORT or unix:/PATH (default: 127.0.0.1:7420)' },
  ],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args } = context
    const logs = valuesOf(args, 'log').map((word) => typedKey(word, 1))
    if (logs.length === 0) throw usageFailure('name at least one ledger', 'give its key: --log KEY')
    const address = listenAddress(valueOf(args, 'listen') ?? '127.0.0.1:7420')
    if (!address.ok) throw usageFailure(visible(address.error))
    await serve(context, keyFile(context), logs, address.value)
    return exitCodes.done
  },
}

/** Makes a witness's key. */
export const witnessInitCommand: Command = {
  name: 'witness init',
  synopsis: '--key FILE --name NAME',
  summary: "make a witness's key, and the memory that belongs to it",
  details: ['NAME is how ledgers know it, best like an address that is yours: witness.example.org/one.'],
  flags: [
    { name: 'key', value: 'FILE', about: 'where to put the key' },
    { name: 'name', value: 'NAME', about: 'the name of the witness, without spaces and "+"' },
  ],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run(context) {
    const name = valueOf(context.args, 'name')
    if (name === null) throw usageFailure('give the witness a name: --name NAME')
    const file = keyFile(context)
    const made = createWitnessKey(file, name)
    if (!made.ok) throw usageFailure(`no key was made: ${visible(made.error)}`)
    const { word } = made.value
    context.out.result({ name, key: word, file, memory: memoryOf(file) }, [
      `key     ${visible(word)}`,
      `kept    ${visible(file)}, with its memory beside it; a copy of one without the other must not be used`,
      'next    at the ledger: custos ledger witness add KEY URL',
    ])
    return Promise.resolve(exitCodes.done)
  },
}

function keyFile({ args }: Context): string {
  const file = valueOf(args, 'key')
  if (file === null) throw usageFailure('name the key file: --key FILE')
  return file
}

async function serve(
  { out }: Context,
  file: string,
  logs: readonly NoteKey[],
  address: WitnessAddress,
): Promise<void> {
  const key = readWitnessKey(file)
  if (!key.ok) throw usageFailure(visible(key.error), 'make one with: custos witness init')
  const memory = WitnessMemory.open(memoryOf(file))
  if (!memory.ok) throw new CommandFailure(exitCodes.damaged, visible(memory.error))
  const remark = (line: string): void => out.note(visible(line))
  const now = (): number => Math.floor(Date.now() / 1000)
  const ports = { key: key.value.key, sign: key.value.sign, memory: memory.value, logs, now, remark }
  const served = await serveWitness(new Witness(ports), address, remark).catch((problem: unknown) => {
    throw usageFailure(
      `cannot listen: ${visible(problem instanceof Error ? problem.message : String(problem))}`,
    )
  })
  out.result({ url: served.url, key: key.value.word, logs: logs.map((log) => formatKey(sha256, log)) }, [
    `witness ${visible(key.value.word)}`,
    `serves ${logs.length} ${logs.length === 1 ? 'ledger' : 'ledgers'} at ${visible(served.url)}; Ctrl-C ends it`,
  ])
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  await served.close()
  memory.value.close()
}
