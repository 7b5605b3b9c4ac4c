/**
 * One command line, from words to exit code: finds the command that was typed, runs it, and turns whatever
 * happened into one of the documented exit codes. The only place that catches everything.
 */
import { isDomainName } from '../kernel/sovereign/shape.ts'
import { ArchiveAway, CopyProblem } from '../ledger/keeping/keeping-problem.ts'
import { mainDomain } from '../wire/socket-folder.ts'
import { parseArguments, valueOf } from './arguments.ts'
import type { ParsedArguments } from './arguments.ts'
import type { Command, Context } from './command.ts'
import { flagsOf } from './command.ts'
import { findCommand } from './command-files.ts'
import { adviceIn } from './domain-advice.ts'
import { visible } from './escape.ts'
import type { ExitCode } from './exit.ts'
import { CommandFailure, damagedFailure, exitCodes, usageFailure } from './exit.ts'
import { commandHelp, groupHelp, helpLines } from './help.ts'
import { homePaths } from './home.ts'
import type { Output } from './output.ts'
import { standardOutput } from './output.ts'
import { passphraseSource } from './passphrase.ts'
import { nearest } from './suggest.ts'

/** Runs one command line and returns its exit code; prints everything it has to say. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const json = own.includes('--json')
  try {
    return await dispatch(argv, json)
  } catch (problem) {
    const code = report(problem, json, domainIn(own))
    return (await findCommand(argv))?.command.failureStatus ?? code
  }
}

async function dispatch(argv: readonly string[], json: boolean): Promise<number> {
  const [first = 'help'] = argv
  const out = standardOutput(json)
  if (first === 'help' || first === '--help' || first === '-h') return help(argv.slice(1))
  if (first === '--version') return dispatch(['version', ...argv.slice(1)], json)
  if (first === 'at' && argv.length > 2) return dispatchPast(argv[1] ?? '', argv.slice(2), out)
  const found = await findCommand(argv)
  if (found === null) throw await unknownCommand(argv)
  const { command, words } = found
  const parsed = parseArguments(argv.slice(words), flagsOf(command))
  if (!parsed.ok) throw usageFailure(visible(parsed.error), `see: custos ${command.name} --help`)
  const args = parsed.value
  if (args.switches.has('help')) {
    out.result(commandHelp(command), commandHelp(command))
    return exitCodes.done
  }
  checkPositionals(command, args)
  return command.run(contextFor(command, args, out))
}

/** `custos at WHEN COMMAND …`. */
async function dispatchPast(when: string, words: readonly string[], out: Output): Promise<number> {
  const { atMoment, parsePastCommand } = await import('./past/at.ts')
  const { command, args } = parsePastCommand(await findCommand(words), words)
  checkPositionals(command, args)
  return command.run(atMoment(contextFor(command, args, out), when, command))
}

function contextFor(command: Command, args: ParsedArguments, out: Output): Context {
  const { env } = process
  return {
    paths: homePaths(
      valueOf(args, 'home'),
      env,
      command.isHomeWide === true ? undefined : (valueOf(args, 'domain') ?? undefined),
    ),
    out,
    env,
    args,
    operator: valueOf(args, 'operator') ?? env['CUSTOS_OPERATOR'] ?? null,
    passphrases: passphraseSource(valueOf(args, 'passphrase-file'), env),
    showRecord: args.switches.has('show-record'),
  }
}

async function help(words: readonly string[]): Promise<ExitCode> {
  const asked = words.filter((word) => !word.startsWith('-'))
  const found = asked.length === 0 ? null : await findCommand(asked)
  if (found === null && asked.length > 0) throw await unknownCommand(asked)
  const lines =
    found === null ? helpLines((await import('./commands.ts')).commands) : commandHelp(found.command)
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.done
}

async function unknownCommand(argv: readonly string[]): Promise<CommandFailure> {
  const { commands } = await import('./commands.ts')
  const [first = '', second = ''] = argv
  const group = groupHelp(first, commands)
  if (group.length > 0) return usageFailure(`custos ${visible(first)} needs one of:\n${group.join('\n')}`)
  const names = commands.map((command) => command.name)
  const guess = nearest(`${first} ${second}`.trim(), names) ?? nearest(first, names)
  return usageFailure(
    `there is no command "${visible(first)}"`,
    guess === null ? 'see: custos help' : `did you mean: custos ${guess}?`,
  )
}

function checkPositionals(
  { name, synopsis, positionals, takesProgram }: Command,
  args: ParsedArguments,
): void {
  const given = args.positionals.length
  const usage = `usage: custos ${name} ${synopsis}`
  if (given < positionals.fewest) throw usageFailure(`custos ${name} needs more`, usage)
  if (positionals.most !== null && given > positionals.most) {
    throw usageFailure(
      `custos ${name} does not take "${visible(args.positionals[positionals.most] ?? '')}"`,
      usage,
    )
  }
  if (takesProgram === true && (args.trailing ?? []).length === 0) {
    throw usageFailure(`custos ${name} needs a program after --`, usage)
  }
  if (takesProgram === undefined && args.trailing !== null)
    throw usageFailure(`custos ${name} takes nothing after --`, usage)
}

/** The domain that was named, as far as it could be one: what is recommended is about the same. */
function domainIn(own: readonly string[]): string {
  const at = own.findIndex((word) => word === '--domain' || word.startsWith('--domain='))
  const word = own[at] ?? ''
  const name = word.includes('=') ? word.slice(word.indexOf('=') + 1) : own[at + 1]
  return at !== -1 && isDomainName(name) ? name : mainDomain
}

function report(problem: unknown, json: boolean, domain: string): ExitCode {
  const failure = problem instanceof CommandFailure ? problem : unforeseen(problem)
  const advice = adviceIn(domain, failure.advice)
  if (json) {
    const { code, message, seq } = failure
    standardOutput(true).result({ error: { code, message, needed: advice, seq } }, [])
  }
  const where = failure.seq === null ? '' : ` (recorded in #${failure.seq})`
  const code = failure.exitCode === exitCodes.refused ? `refused, ${failure.code}: ` : ''
  const text = failure.message.split('\n').map(visible).join('\n')
  process.stderr.write(`custos: ${code}${text}${where}\n`)
  if (advice !== '') process.stderr.write(`  ${visible(advice)}\n`)
  return failure.exitCode
}

function unforeseen(problem: unknown): CommandFailure {
  if (
    problem instanceof Error &&
    'code' in problem &&
    (problem.code === 'ENOSPC' || problem.code === 'EDQUOT')
  )
    return new CommandFailure(
      exitCodes.fault,
      `there is no space left on the disk: ${problem.message}`,
      'custos changes drop RUN gives up what a run has left; custos doctor shows what is free',
    )
  if (problem instanceof ArchiveAway) return usageFailure(problem.message)
  if (problem instanceof CopyProblem) return damagedFailure(problem.message)
  const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)
  return new CommandFailure(exitCodes.fault, text, 'this is a defect in custos; please report it')
}
