/**
 * The supervisor process. It starts the kernel, then what the kernel asks for, restarts what fails within a
 * budget, and owns halt. When it dies, everything it started dies.
 */
import { parseArgs } from 'node:util'
import { systemPrograms } from './launch.ts'
import { runSupervisor } from './run.ts'

const { values } = parseArgs({ options: { home: { type: 'string' } } })
if (values.home === undefined) {
  process.stderr.write('supervisor: --home DIR is needed\n')
  process.exit(2)
}
process.exit(await runSupervisor(values.home, systemPrograms()))
