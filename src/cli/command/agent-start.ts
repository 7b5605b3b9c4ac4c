/**
 * `custos agent start`: runs an agent's program under the supervisor, contained, with its token in the
 * environment. Killing the agent, or halting, ends the program and whatever it started.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { mainDomain } from '../../wire/socket-folder.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { textOf } from '../kernel-client.ts'
import { askSecret, canAsk } from '../prompt.ts'
import { askSupervisor } from '../supervisor-client.ts'

/** Starts an agent's program. */
export const agentStartCommand: Command = {
  name: 'agent start',
  synopsis: 'NAME [--token-file FILE] [--env K=V]… [--restart WHEN] [--cwd DIR] -- COMMAND [ARGUMENT]…',
  summary: 'run an agent’s program under the supervisor, contained',
  details: [
    'The token comes from --token-file, from CUSTOS_TOKEN, or is asked for. The program gets it as',
    'CUSTOS_TOKEN, with CUSTOS_HOME, PATH, HOME and what --env says, and nothing else.',
    'Started again, it waits longer each time; the sixth end within a minute is the last.',
  ],
  flags: [
    { name: 'token-file', value: 'FILE', about: 'where the token is, as custos agent add wrote it' },
    { name: 'env', value: 'K=V', repeat: true, about: 'an environment variable of the program' },
    { name: 'restart', value: 'WHEN', about: 'when it ended: never (default), on-failure or always' },
    { name: 'cwd', value: 'DIR', about: 'its working folder (default: this one)' },
  ],
  positionals: { fewest: 1, most: 1 },
  takesProgram: true,
  async run(context) {
    const { args, out, paths } = context
    const agent = args.positionals[0] ?? ''
    const [command = '', ...rest] = args.trailing ?? []
    const program = {
      command,
      args: rest,
      cwd: resolve(valueOf(args, 'cwd') ?? '.'),
      env: await environment(context),
      ...restartOf(context),
    }
    const { header, body } = await askSupervisor(
      paths,
      { op: 'start', domain: paths.domainName, agent },
      program,
    )
    const unit = textOf(header, 'unit')
    out.result(body ?? header, [
      `Started ${visible(command)} for ${visible(agent)}${unit === '' ? '' : ` as ${visible(unit)}`}: see custos ps`,
    ])
    return exitCodes.done
  },
}

function restartOf({ args }: Context): { readonly restart?: string } {
  const restart = valueOf(args, 'restart')
  if (restart === null) return {}
  if (restart === 'never' || restart === 'on-failure' || restart === 'always') return { restart }
  throw usageFailure(`--restart ${visible(restart)} is not known`, 'use never, on-failure or always')
}

async function environment({ args, env, paths }: Context): Promise<{ readonly [name: string]: string }> {
  const chosen: { [name: string]: string } = { LANG: 'C.UTF-8', CUSTOS_HOME: paths.home }
  if (paths.domainName !== mainDomain) chosen['CUSTOS_SOCKET'] = paths.agentSocket
  for (const name of ['PATH', 'HOME', 'TMPDIR']) if (env[name] !== undefined) chosen[name] = env[name]
  for (const text of valuesOf(args, 'env')) {
    const equals = text.indexOf('=')
    if (equals < 1) throw usageFailure(`--env ${visible(text)} is not K=V`)
    chosen[text.slice(0, equals)] = text.slice(equals + 1)
  }
  const file = valueOf(args, 'token-file')
  const token =
    file === null ? (env['CUSTOS_TOKEN'] ?? (canAsk() ? await askSecret('Token: ') : '')) : readToken(file)
  if (token === '')
    throw usageFailure('the agent’s token is needed', 'use --token-file FILE, or set CUSTOS_TOKEN')
  return { ...chosen, CUSTOS_TOKEN: token.trim() }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (problem) {
    throw usageFailure(
      `cannot read the token: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}
