/**
 * `custos mcp`: be an MCP server on standard input and output, for one agent. This is what an MCP client starts
 * when it cannot speak HTTP. It holds no authority but the token it is given, and prints nothing but messages.
 */
import { readFileSync, statSync } from 'node:fs'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'

/** Be an MCP server on standard input and output, for one agent. */
export const mcpCommand: Command = {
  name: 'mcp',
  synopsis: '--agent NAME [--driver DRIVER] [--token-file FILE]',
  summary: 'be an MCP server on standard input and output, for one agent',
  details: [
    'Started by MCP clients. The agent’s token comes from --token-file or from CUSTOS_TOKEN.',
    'With --driver it serves that driver alone, under its own names.',
  ],
  flags: [
    { name: 'agent', value: 'NAME', about: 'the agent whose token this is' },
    { name: 'driver', value: 'DRIVER', about: 'serve this driver alone' },
    { name: 'token-file', value: 'FILE', about: 'where the token is, as custos agent add wrote it' },
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const agentName = nameIn(context, 'agent')
    if (agentName === null) throw usageFailure('which agent?', 'use --agent NAME')
    const scope = nameIn(context, 'driver')
    const client = { agentSocket: context.paths.agentSocket, token: tokenOf(context), scope, agentName }
    const log = (line: string): void => void process.stderr.write(`custos mcp: ${visible(line)}\n`)
    // Loaded here and not above: the validators it brings have no business in a process that signs orders.
    const { serveStdio } = await import('../../gateway/stdio.ts')
    await serveStdio(client, process.stdin, process.stdout, log)
    return exitCodes.done
  },
}

function nameIn({ args }: Context, flag: string): string | null {
  const name = valueOf(args, flag)
  if (name !== null && !isName(name)) throw usageFailure(`--${flag} ${visible(name)} is not a name`)
  return name
}

function tokenOf({ args, env }: Context): string {
  const file = valueOf(args, 'token-file')
  const token = (file === null ? (env['CUSTOS_TOKEN'] ?? '') : readToken(file)).trim()
  if (token === '')
    throw usageFailure('the agent’s token is needed', 'use --token-file FILE, or set CUSTOS_TOKEN')
  return token
}

function readToken(file: string): string {
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw usageFailure(`the token file ${visible(file)} can be read by others`, `run: chmod 600 ${file}`)
    return readFileSync(file, 'utf8')
  } catch (problem) {
    if (!(problem instanceof Error) || !('code' in problem) || !('syscall' in problem)) throw problem
    throw usageFailure(`cannot read the token: ${problem.message}`)
  }
}
