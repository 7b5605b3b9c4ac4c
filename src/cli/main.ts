/**
 * The entry of the `custos` command. It runs on import, because `bin/custos.mjs` imports it when the Node at
 * hand will do.
 */
import { runCommandLine } from './command-line.ts'
import { exitCodes } from './exit.ts'

// A reader that went away, as in `custos ledger tail | head`, is no failure.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
  process.exit(problem.code === 'EPIPE' ? exitCodes.done : exitCodes.fault)
})
process.exitCode = await runCommandLine(process.argv.slice(2))
