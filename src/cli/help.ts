/**
 * Help texts, made from the command table so that they cannot lag behind it.
 */
import type { Command } from './command.ts'
import { flagsOf } from './command.ts'
import type { FlagSpec } from './arguments.ts'

/** The list of all commands. */
export function helpLines(commands: readonly Command[]): readonly string[] {
  const width = Math.max(...commands.map((command) => command.name.length))
  return [
    'custos — every action of an agent passes a gate that you control.',
    '',
    'usage: custos COMMAND [arguments] [--domain NAME] [--json] [--home DIR]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'custos COMMAND --help explains one command.',
    'Exit codes: 0 done, 1 refused, 2 usage, 3 not running, 4 verification failed or damage, 5 fault,',
    '6 waits for a second operator.',
  ]
}

/** The explanation of one command. */
export function commandHelp(command: Command): readonly string[] {
  return [
    `usage: custos ${command.name}${command.synopsis === '' ? '' : ` ${command.synopsis}`}`,
    '',
    `  ${command.summary}`,
    ...(command.details.length === 0 ? [] : ['', ...command.details.map((line) => `  ${line}`)]),
    '',
    ...flagLines(flagsOf(command)),
  ]
}

/** The commands of a group such as `ledger`, or nothing when there is no such group. */
export function groupHelp(group: string, commands: readonly Command[]): readonly string[] {
  const members = commands.filter((command) => command.name.startsWith(`${group} `))
  return members.map(
    (command) => `  custos ${command.name}${command.synopsis === '' ? '' : ` ${command.synopsis}`}`,
  )
}

function flagLines(flags: readonly FlagSpec[]): readonly string[] {
  const shown = flags.map((flag) => [
    `${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    flag.about,
  ])
  const width = Math.max(...shown.map(([name = '']) => name.length))
  return shown.map(([name = '', about = '']) => `  ${name.padEnd(width)}  ${about}`)
}
