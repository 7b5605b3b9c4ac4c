/**
 * A program of its own that tries the ladder and says what it found in one line of JSON: the supervisor runs it
 * once at boot and has the answer recorded. It is not part of the supervisor, which starts nothing that it does
 * not hold.
 */
import { probeLadder } from '../ladder.ts'

const { rung, wanted, ladder } = await probeLadder()
const steps = ladder.map(({ rung, available, detail }) => ({ rung, available, detail }))
process.stdout.write(`${JSON.stringify({ rung, wanted, ladder: steps })}\n`)
