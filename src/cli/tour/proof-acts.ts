/**
 * The end of the tour: why something happened, and whether the record of it can be believed. The verifier is
 * a program that shares no code with the writer, and it gets a copy of the folder and nothing else.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifyLedger } from '../../ledger/verify.ts'
import { presentView } from '../../ledger/present-view.ts'
import { pause } from '../boot.ts'
import { visible } from '../escape.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { explain } from '../why.ts'
import { showExplanation } from '../why-rendering.ts'
import type { Stage } from './stage.ts'
import { say } from './stage.ts'
import { expect } from './tour-failure.ts'

const verifier = fileURLToPath(new URL('../../../proof/verify-ledger.mjs', import.meta.url))
const quietMs = 10_000

/** Explains one event from the ledger alone. */
export async function whyItHappened(stage: Stage, seq: number): Promise<void> {
  await say(stage, `\n7. Why? This is custos why ${seq}, from the ledger folder alone.`)
  const explanation = explain(openLedgerFolder(stage.context.paths, 'opened'), seq)
  expect(explanation !== null, `an event ${seq} to explain`)
  for (const line of showExplanation(explanation)) await say(stage, `    ${line}`)
  expect(explanation.sound, 'every cited signature to verify')
}

/** Verifies a copy of the ledger offline, changes one byte of it, and verifies again. */
export async function offlineProof(stage: Stage): Promise<void> {
  await say(stage, '\n8. Verified offline, by a program that shares no code with the one that wrote it.')
  await waitUntilSealed(stage)
  const copy = mkdtempSync(join(tmpdir(), 'custos-tour-'))
  try {
    cpSync(stage.context.paths.ledger, copy, { recursive: true })
    const sound = verify(copy)
    await say(stage, `    ${sound.said}`)
    expect(sound.status === 0, 'the copy to verify')
    await say(stage, '\n9. One byte of the copy is changed.')
    const { file, offset } = changeOneByte(copy)
    await say(stage, `    changed: byte ${offset} of ${file}`)
    const found = verify(copy)
    await say(stage, `    ${found.said}`)
    expect(found.status === 1, 'the change to be found')
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Waits until a signed checkpoint covers the last event, so that the copy is whole. */
async function waitUntilSealed({ context }: Stage): Promise<void> {
  const folder = openLedgerFolder(context.paths)
  const deadline = Date.now() + quietMs
  while (!verifyLedger(presentView(folder.disk)).sealed) {
    expect(Date.now() < deadline, 'a signed checkpoint over the last event within 10 s')
    await pause(100)
  }
}

function verify(folder: string): { readonly status: number | null; readonly said: string } {
  const run = spawnSync(process.execPath, [verifier, folder], { encoding: 'utf8' })
  return {
    status: run.status,
    said: `${run.stdout}${run.stderr}`.trim().split('\n').map(visible).join('\n    '),
  }
}

/** Changes one byte of what is written, anywhere: in any segment's content or checkpoint. */
function changeOneByte(folder: string): { readonly file: string; readonly offset: number } {
  const written = readdirSync(folder)
    .map((file) => ({ file, bytes: readFileSync(join(folder, file)) }))
    .map(({ file, bytes }) => ({ file, bytes, length: bytes.findLastIndex((byte) => byte !== 0) + 1 }))
  let at = randomInt(written.reduce((sum, { length }) => sum + length, 0))
  for (const { file, bytes, length } of written) {
    if (at < length) {
      bytes[at] = (bytes[at] ?? 0) ^ randomInt(1, 256)
      writeFileSync(join(folder, file), bytes)
      return { file, offset: at }
    }
    at -= length
  }
  throw new RangeError('the ledger folder is empty')
}
