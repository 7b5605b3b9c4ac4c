/**
 * The process that keeps the tables of one domain for the supervisor: `main.ts DOMAIN_FOLDER`, until it is killed. It reads
 * the ledger's folder, is held to writing the tables alone, and nobody waits for it. Exit code 4 when the ledger is damaged,
 * or is not the one that the tables were made of.
 */
import { keepTables, lockTables } from '../keep-tables.ts'

function end(line: string, code: number): never {
  process.stderr.write(`tables: ${line}\n`)
  process.exit(code)
}

const [folder] = process.argv.slice(2)
if (folder === undefined) end('the folder of a domain is needed', 2)
const lock = lockTables(folder)
if (!lock.ok) end(lock.error, 3)
const kept = await keepTables(folder, { said: (line) => void process.stderr.write(`tables: ${line}\n`) })
if (!kept.ok && kept.error.what === 'file') end(kept.error.message, 1)
if (!kept.ok && kept.error.what === 'ledger') {
  const { code, message } = kept.error.problem
  end(`the ledger cannot be projected: ${code}: ${message}`, 4)
}
