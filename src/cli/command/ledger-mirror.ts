/**
 * `custos ledger mirror`: a second folder that every commit goes to as well. It holds from the next start on; the
 * choice is the home's, and the ledger records it at every start.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SafeguardChoice } from '../../ledger/safety/safeguards-file.ts'
import { readSafeguards, writeSafeguards } from '../../ledger/safety/safeguards-file.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { mirrorStatus, mirrorWords } from '../mirror-status.ts'
import { reachSupervisor } from '../supervisor-client.ts'

/** Chooses the mirror, or shows what is chosen. */
export const ledgerMirrorCommand: Command = {
  name: 'ledger mirror',
  synopsis: '[FOLDER [--go-on] | --off]',
  summary: 'keep a second copy of the ledger on another path, from which damage is repaired',
  details: [
    'What is acknowledged is then durable in both folders. Put the second one on another disk, and protect it as',
    'well as this home: whoever can write to it can write to the ledger. It holds from the next start on.',
  ],
  flags: [
    {
      name: 'go-on',
      about: 'go on without the mirror when it fails; otherwise nothing is done until it is back',
    },
    { name: 'off', about: 'keep no second copy any more' },
  ],
  positionals: { fewest: 0, most: 1 },
  async run({ args, out, paths }) {
    const [given] = args.positionals
    const isOff = args.switches.has('off')
    openLedgerFolder(paths)
    const before = choiceOf(paths.domain)
    if (given === undefined && !isOff) {
      if (args.switches.has('go-on'))
        throw usageFailure('--go-on needs a folder', 'see: custos ledger mirror --help')
      const standing = await mirrorStatus(paths)
      out.result({ ...before, standing }, [
        words(before),
        ...(before.mirror === null ? [] : [mirrorWords(standing)]),
      ])
      return exitCodes.done
    }
    if (given !== undefined && isOff)
      throw usageFailure('a folder and --off say different things', 'give one of them')
    const mirror = given === undefined ? null : resolve(given)
    if (mirror !== null && isWithin(mirror, paths.domain))
      throw usageFailure('a mirror in the folder that it mirrors is none', 'choose a folder on another disk')
    const choice = { ...before, mirror, goesOnWithoutMirror: args.switches.has('go-on') }
    if (mirror !== null) mkdirSync(mirror, { recursive: true, mode: 0o700 })
    writeSafeguards(paths.domain, choice)
    const running = await reachSupervisor(paths)
    running?.close()
    const next = running === null ? [] : ['it holds from the next start on: custos down, then custos up']
    out.result({ ...choice, isRunning: running !== null }, [words(choice), ...next])
    return exitCodes.done
  },
}

function choiceOf(domainFolder: string): SafeguardChoice {
  const choice = readSafeguards(domainFolder)
  if (!choice.ok) throw usageFailure(visible(choice.error), 'correct it, or remove it to choose anew')
  return choice.value
}

function words({ mirror, goesOnWithoutMirror }: SafeguardChoice): string {
  if (mirror === null) return 'no mirror: there is one copy of the ledger'
  const when = goesOnWithoutMirror ? 'goes on without it' : 'stops until it is back'
  return `mirror in ${visible(mirror)}; when it fails, the kernel ${when}`
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
