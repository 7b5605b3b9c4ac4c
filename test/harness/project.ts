/** A process that projects a ledger folder into a database, a few events a transaction, until it is killed. */
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { keepUp } from '../../src/projection/keep-up.ts'
import { Projection } from '../../src/projection/projection.ts'

const [ledger = '', file = '', most = '50'] = process.argv.slice(2)
const opened = Projection.open(file, Number(most))
if (!opened.ok) throw new Error(opened.error.message)
const committed = (seq: number): void => void process.stdout.write(`${seq}\n`)
const problem = await keepUp(readableFolder(ledger), opened.value, { pollMs: 2, committed })
throw new Error(JSON.stringify(problem))
