/**
 * Loaded into a kernel process under test before anything else: its wall clock can be put forward while it
 * runs. On SIGUSR2 it reads how far, in milliseconds, from the file that CUSTOS_TEST_CLOCK names. Only what
 * asks for the date is shifted; timers run as ever.
 */
import { readFileSync } from 'node:fs'

const file = process.env.CUSTOS_TEST_CLOCK
const now = Date.now.bind(Date)
const readShift = () => {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}
let shiftMs = readShift()
Date.now = () => now() + shiftMs
process.on('SIGUSR2', () => {
  shiftMs = readShift()
})
