/**
 * In which files the commands are, by their first word: so that one command is loaded and not all of them, which are most
 * of the system. A command that people wait for is there in a fraction of the time, and so is one that stops things.
 * The table in `commands.ts`, which help reads, names the same ones, and a test says so.
 */
import type { Command } from './command.ts'

/** A command that was typed, and how many words name it. */
export interface FoundCommand {
  readonly command: Command
  readonly words: number
}

type Load = () => Promise<object>

const files: ReadonlyMap<string, readonly Load[]> = new Map<string, readonly Load[]>([
  ['start', [() => import('./command/start.ts')]],
  ['up', [() => import('./command/up.ts')]],
  ['down', [() => import('./command/down.ts')]],
  ['status', [() => import('./command/status.ts')]],
  ['ps', [() => import('./command/ps.ts')]],
  [
    'driver',
    [
      () => import('./command/driver-accept.ts'),
      () => import('./command/driver-add.ts'),
      () => import('./command/driver-diff.ts'),
      () => import('./command/driver-login.ts'),
      () => import('./command/driver.ts'),
    ],
  ],
  ['agent', [() => import('./command/agent-start.ts'), () => import('./command/agent.ts')]],
  ['run', [() => import('./command/run.ts')]],
  [
    'changes',
    [
      () => import('./command/changes-commit.ts'),
      () => import('./command/changes-drop.ts'),
      () => import('./command/changes-show.ts'),
      () => import('./command/changes.ts'),
    ],
  ],
  ['witness', [() => import('./command/witness.ts')]],
  ['mcp', [() => import('./command/mcp.ts')]],
  ['import', [() => import('./command/import.ts')]],
  ['export', [() => import('./command/export.ts')]],
  ['observe', [() => import('./command/observe.ts')]],
  ['suggest', [() => import('./command/suggest.ts')]],
  ['enforce', [() => import('./command/enforce.ts')]],
  ['grant', [() => import('./command/grant.ts')]],
  ['narrow', [() => import('./command/narrow.ts')]],
  ['revoke', [() => import('./command/revoke.ts')]],
  ['caps', [() => import('./command/caps.ts')]],
  ['at', [() => import('./command/at.ts')]],
  ['can', [() => import('./command/can.ts')]],
  ['secret', [() => import('./command/secret-add.ts'), () => import('./command/secret.ts')]],
  ['approvals', [() => import('./command/approvals.ts')]],
  ['approve', [() => import('./command/approvals.ts')]],
  ['deny', [() => import('./command/approvals.ts')]],
  ['proposals', [() => import('./command/proposals.ts')]],
  ['domain', [() => import('./command/domain-share.ts'), () => import('./command/domain.ts')]],
  ['operator', [() => import('./command/operator-key.ts'), () => import('./command/operator.ts')]],
  ['why', [() => import('./command/why.ts')]],
  ['unused', [() => import('./command/unused.ts')]],
  ['review', [() => import('./command/review.ts')]],
  [
    'ledger',
    [
      () => import('./command/ledger-checkpoint.ts'),
      () => import('./command/ledger-erase.ts'),
      () => import('./command/ledger-escrow-open.ts'),
      () => import('./command/ledger-escrow.ts'),
      () => import('./command/ledger-accept-loss.ts'),
      () => import('./command/ledger-archive.ts'),
      () => import('./command/ledger-backup.ts'),
      () => import('./command/ledger-restore.ts'),
      () => import('./command/ledger-snapshot.ts'),
      () => import('./command/ledger-export.ts'),
      () => import('./command/ledger-find.ts'),
      () => import('./command/ledger-mirror.ts'),
      () => import('./command/ledger-prove.ts'),
      () => import('./command/ledger-replay.ts'),
      () => import('./command/ledger-verify.ts'),
      () => import('./command/ledger-witness.ts'),
      () => import('./command/ledger.ts'),
    ],
  ],
  ['replay', [() => import('./command/replay.ts')]],
  ['subject', [() => import('./command/subject.ts')]],
  ['hold', [() => import('./command/hold.ts')]],
  ['projection', [() => import('./command/projection.ts')]],
  ['query', [() => import('./command/query.ts')]],
  ['process', [() => import('./command/process.ts')]],
  ['kill', [() => import('./command/kill.ts')]],
  ['halt', [() => import('./command/halt.ts')]],
  ['resume', [() => import('./command/resume.ts')]],
  ['drill', [() => import('./command/drill.ts')]],
  ['canon', [() => import('./command/canon-amend.ts'), () => import('./command/canon.ts')]],
  ['upgrade', [() => import('./command/upgrade.ts')]],
  ['doctor', [() => import('./command/doctor.ts')]],
  ['version', [() => import('./command/version.ts')]],
])

/** The command that `argv` starts with, or null. */
export async function findCommand(argv: readonly string[]): Promise<FoundCommand | null> {
  const loads = files.get(argv[0] ?? '') ?? []
  const modules = await Promise.all(loads.map((load) => load()))
  const commands = modules.flatMap((module) => Object.values(module) as readonly unknown[]).filter(isCommand)
  for (const words of [3, 2, 1]) {
    const name = argv.slice(0, words).join(' ')
    const command = argv.length < words ? undefined : commands.find((candidate) => candidate.name === name)
    if (command !== undefined) return { command, words }
  }
  return null
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'synopsis' in value && 'run' in value
}
