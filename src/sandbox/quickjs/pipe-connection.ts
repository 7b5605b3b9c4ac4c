/** A pair of pipes as a Peer wants it: standard input and output of a worker, from either end. */
import type { Readable, Writable } from 'node:stream'
import type { Transport } from '../../wire/transport.ts'

/** One connection over two pipes. */
export interface PipeConnection {
  readonly transport: Transport
  /** Begins delivery; call it once. `closed` is called once, when nothing more can be read. */
  start(receive: (bytes: Uint8Array) => void, closed: (reason: string) => void): void
}

/** Wraps two pipes. Nothing else may use them afterwards. */
export function pipeConnection(input: Readable, output: Writable): PipeConnection {
  let failure = ''
  // A pipe whose other end died is an end like any other.
  output.on('error', (problem) => {
    failure = problem.message
  })
  return {
    transport: {
      write: (bytes) => !output.writable || output.write(bytes),
      bufferedBytes: () => output.writableLength,
      close() {
        if (output.writable) output.end()
        input.destroy()
      },
    },
    start(receive, closed) {
      input.on('data', receive)
      input.on('error', (problem) => {
        failure = problem.message
      })
      input.once('close', () => closed(failure === '' ? 'the pipe was closed' : failure))
    },
  }
}
