/**
 * Where the value of a secret comes from: a prompt that shows nothing, standard input, or a private file. Never the
 * command line, which every program of the machine can read and shells remember.
 */
import { fstatSync, readFileSync, statSync } from 'node:fs'
import { maxSecretBytes, whyNoSecret } from '../../driver/vault/secret.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { askSecret, canAsk } from '../prompt.ts'

/** The value, without the line end that closes it. `file` is what `--value-file` says, or null. */
export async function readSecretValue(name: string, file: string | null): Promise<Uint8Array> {
  const value = withoutLineEnd(await given(name, file))
  const problem = whyNoSecret(value)
  if (problem !== null) throw usageFailure(`this cannot be the value of ${visible(name)}: ${problem}`)
  return value
}

async function given(name: string, file: string | null): Promise<Uint8Array> {
  if (file !== null) return fromFile(file)
  if (!process.stdin.isTTY) return fromInput()
  if (!canAsk()) throw usageFailure('there is no terminal to ask for the value at', 'use --value-file FILE')
  return Buffer.from(await askSecret(`Value of ${visible(name)}: `))
}

function fromFile(file: string): Uint8Array {
  const status = statSync(file, { throwIfNoEntry: false })
  if (status === undefined) throw usageFailure(`the file ${visible(file)} does not exist`)
  if ((status.mode & 0o077) !== 0)
    throw usageFailure(`the file ${visible(file)} can be read by others`, `run: chmod 600 ${visible(file)}`)
  if (status.size > maxSecretBytes + 2) throw usageFailure(`${visible(file)} is too long for a secret`)
  return readFileSync(file)
}

/** Whatever is piped in. A closed or empty input is a mistake and not an empty value. */
function fromInput(): Uint8Array {
  try {
    fstatSync(0)
    return readFileSync(0)
  } catch {
    throw usageFailure('there is no value on standard input', 'use --value-file FILE')
  }
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes)
  const end = text.at(-1) === 0x0a ? text.length - 1 : text.length
  return text.subarray(0, end > 0 && text.at(end - 1) === 0x0d && end < text.length ? end - 1 : end)
}
