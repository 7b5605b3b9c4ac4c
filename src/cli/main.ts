/**
 * The entry of the `custos` command. It runs on import, because `bin/custos.mjs` imports it when the Node at
 * hand will do.
 */
import { keepCompiledCode } from './compiled-code.ts'
import { exitCodes } from './exit.ts'

// A reader that went away, as in `custos ledger tail | head`, is no failure.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
  process.exit(problem.code === 'EPIPE' ? exitCodes.done : exitCodes.fault)
})
keepCompiledCode(process.env)
// Nearly all of the code is behind this, so it is loaded when there is a place to keep it.
const { runCommandLine } = await import('./command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
