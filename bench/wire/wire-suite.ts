/**
 * The wire alone: making and reading the frame of a call beside a line of JSON with the same content, and a round
 * trip between two processes beside JSON lines, and beside a bare echo of the same bytes.
 */
import { join } from 'node:path'
import type { Frame } from '../../src/wire/frame.ts'
import { encodeFrame } from '../../src/wire/frame.ts'
import { FrameDecoder } from '../../src/wire/frame-decoder.ts'
import { callArguments, selector } from '../kernel/example-call.ts'
import { startChild } from '../measure/child.ts'
import { closedLoop } from '../measure/closed-loop.ts'
import type { Contest, OpenSuite, Slice, Suite } from '../measure/contest.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { tightLoop } from '../measure/tight-loop.ts'
import { decodeLine, encodeLine, jsonLineName } from '../reference/json-lines.ts'
import { connectLineEcho, lineEchoName } from '../reference/line-echo.ts'
import { bareEchoName, connectBareEcho } from '../reference/socket-echo.ts'
import { connectWireEcho } from './wire-echo.ts'

/** The suite named `wire`. */
export const wireSuite: Suite = { name: 'wire', open: openWireSuite }

const levels = [1, 64, 1024]
const body: Uint8Array = Buffer.from(JSON.stringify(callArguments))
const header = { op: 'call', selector, handle: 1 }
const frame: Frame = { kind: 'request', correlation: 7, header, body }
const line = { kind: 'request', correlation: 7, header, body: callArguments }
/** Frames made or read between two looks at the clock. */
const atOnce = 256

async function openWireSuite(sliceMs: number): Promise<OpenSuite> {
  const folder = temporaryFolder()
  const socket = (name: string): string => join(folder.path, name)
  const child = await startChild(new URL('echo-process.ts', import.meta.url), { BENCH_FOLDER: folder.path })
  const ours = await connectWireEcho(socket('wire.sock'))
  const bare = await connectBareEcho(socket('bare.sock'), encodeFrame(frame))
  const lines = await connectLineEcho(socket('lines.sock'), { header, body: callArguments })
  const trips = levels.map((inFlight): Contest => ({
    title: `${inFlight} in flight`,
    unit: 'round trips',
    ours: [{ name: 'wire', slice: () => closedLoop(() => ours.roundTrip(header, body), inFlight, sliceMs) }],
    references: [
      { name: lineEchoName, slice: () => closedLoop(lines.roundTrip, inFlight, sliceMs) },
      { name: bareEchoName, slice: () => closedLoop(bare.roundTrip, inFlight, sliceMs) },
    ],
  }))
  return {
    contests: [encoding(sliceMs), decoding(sliceMs), ...trips],
    async close() {
      ours.close()
      bare.close()
      lines.close()
      await child.end()
      folder.remove()
    },
  }
}

function encoding(sliceMs: number): Contest {
  return {
    title: 'encode a call',
    unit: 'frames',
    ours: [{ name: 'wire', slice: () => repeated(() => encodeFrame(frame), sliceMs) }],
    references: [{ name: jsonLineName, slice: () => repeated(() => encodeLine(line), sliceMs) }],
  }
}

/** Frames arrive in chunks of many, as they do when a socket is busy. */
function decoding(sliceMs: number): Contest {
  const chunk = Buffer.concat(Array.from({ length: atOnce }, () => encodeFrame(frame)))
  const decoder = new FrameDecoder()
  const decode = (): number => decoder.push(chunk).frames.length
  const lineBytes = Buffer.from(encodeLine(line))
  return {
    title: 'decode a call',
    unit: 'frames',
    ours: [{ name: 'wire', slice: () => Promise.resolve(tightLoop(decode, sliceMs)) }],
    references: [{ name: jsonLineName, slice: () => repeated(() => decodeLine(lineBytes), sliceMs) }],
  }
}

/** Every result is looked at, so that the engine cannot leave the work out. */
function repeated(work: () => unknown, sliceMs: number): Promise<Slice> {
  const batch = (): number => {
    let made = 0
    for (let count = 0; count < atOnce; count++) if (work() !== null) made += 1
    return made
  }
  return Promise.resolve(tightLoop(batch, sliceMs))
}
