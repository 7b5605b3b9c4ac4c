/**
 * A worker that a script took over: it speaks with the worker's voice and says what it likes. Run as a program
 * with the name of what it does, on standard input and output like any worker.
 */
import { writeSync } from 'node:fs'
import { encodeFrame, noBody } from '../../../src/wire/frame.ts'
import { Peer } from '../../../src/wire/peer.ts'

const [deed = ''] = process.argv.slice(2)
const text = (words: string): Uint8Array => new TextEncoder().encode(words)
const request = (n: number): Uint8Array =>
  encodeFrame({ kind: 'request', correlation: n, header: { op: 'capabilities', n }, body: noBody })

/** What it does once it was welcomed; each is the end of it. */
export const deeds: { readonly [name: string]: (peer: Peer) => void } = {
  'random bytes': () => void writeSync(1, Buffer.alloc(4096, 0xa5)),
  'a frame of four gigabytes': () => void writeSync(1, Buffer.from('ffffffff0104', 'hex')),
  'a second hello': () =>
    void writeSync(1, encodeFrame({ kind: 'hello', correlation: 0, header: { protocol: 1 }, body: noBody })),
  'a syscall out of its order': (peer) => void peer.request({ op: 'capabilities', n: 2 }, noBody, () => 0),
  'a syscall without a number': (peer) => void peer.request({ op: 'capabilities' }, noBody, () => 0),
  'a syscall of another kind': (peer) => void peer.request({ op: 'spawn', n: 1 }, noBody, () => 0),
  'a call without a driver': (peer) =>
    void peer.request({ op: 'call', n: 1, selector: 'x' }, noBody, () => 0),
  'a call of a name without end': (peer) =>
    void peer.request({ op: 'call', n: 1, driver: 'x'.repeat(2000), selector: 'x' }, noBody, () => 0),
  'more syscalls than credit': () => {
    for (let n = 1; n <= 100; n++) writeSync(1, request(n))
  },
  'one correlation twice': () => {
    writeSync(1, request(1))
    writeSync(
      1,
      encodeFrame({ kind: 'request', correlation: 1, header: { op: 'capabilities', n: 2 }, body: noBody }),
    )
  },
  'an answer to nothing': () =>
    void writeSync(1, encodeFrame({ kind: 'reply', correlation: 7, header: {}, body: noBody })),
  'a line too long': (peer) => void peer.notice(0, { event: 'log' }, text('x'.repeat(10_000))),
  'lines without end': (peer) => {
    for (let i = 0; i < 1000; i++) peer.notice(0, { event: 'log' }, text('x'.repeat(8_000)))
  },
  'turns that nobody began': (peer) => {
    for (let i = 0; i < 10; i++) peer.notice(0, { event: 'turn', issued: 0 })
  },
  'a turn after other syscalls': (peer) => void peer.notice(0, { event: 'turn', issued: 5 }),
  'an end of another kind': (peer) => void peer.notice(0, { event: 'end', how: 'well', fuel: 1, issued: 0 }),
  'an end without fuel': (peer) =>
    void peer.notice(0, { event: 'end', how: 'finished', issued: 0 }, text('1')),
  'an end after other syscalls': (peer) =>
    void peer.notice(0, { event: 'end', how: 'finished', fuel: 1, issued: 9 }, text('1')),
  'a result that is no JSON': (peer) =>
    void peer.notice(0, { event: 'end', how: 'finished', fuel: 1, issued: 0 }, text('{')),
  'a notice of another kind': (peer) => void peer.notice(0, { event: 'root' }),
  'its own death': () => process.exit(3),
  'its own murder': () => void process.kill(process.pid, 'SIGKILL'),
  'nothing at all': () => undefined,
  goodbye: (peer) => peer.goodbye('done'),
}

function main(): void {
  const peer: Peer = new Peer({
    side: 'connector',
    credit: 0,
    transport: {
      write: (bytes) => writeSync(1, bytes) > 0,
      close: () => undefined,
      bufferedBytes: () => 0,
    },
    handler: {
      onWelcome() {
        deeds[deed]?.(peer)
        peer.flush()
      },
    },
  })
  process.stdin.on('data', (bytes) => peer.receive(bytes as Uint8Array))
  setInterval(() => undefined, 1_000)
  if (deed === 'no greeting') writeSync(1, request(1))
  else peer.hello({})
}

if (process.argv[1] === import.meta.filename) main()
