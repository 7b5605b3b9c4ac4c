/**
 * What happens before a home exists: an operator key is made outside it, and the genesis file of the sovereign says
 * whose public key the first event enrols. Only the public half enters the home. The sovereign makes `main` itself.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { toBase64url } from '../base/base64url.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import { sovereignDomain } from '../wire/socket-folder.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import { governing, inDomain, isMade } from './home.ts'
import { keyNames, readKeyFile, writeKeyFile } from './key-folder.ts'
import { keyFolder } from './key-place.ts'
import type { OperatorKey } from './operator-key.ts'
import { createOperatorKey, openOperatorKey } from './operator-key.ts'
import { writeNewFile } from './new-file.ts'
import { newPassphrase, readPassphrase } from './passphrase.ts'
import { ask, canAsk } from './prompt.ts'
import { userName } from './user-name.ts'

/** True when this home has never been started. */
export function isFirstStart(context: Context): boolean {
  return !isMade(governing(context.paths))
}

/** Makes or reuses the operator's key and writes the genesis file. Returns the opened key. */
export async function prepareHome(context: Context): Promise<OperatorKey> {
  const folder = keyFolder(context.paths.home, context.env)
  const name = await operatorName(context)
  const key = keyNames(folder).includes(name)
    ? await reuseKey(context, folder, name)
    : await makeKey(context, folder, name)
  writeGenesis(context, key)
  return key
}

/** A throw-away operator for an unattended tour: its random passphrase lies in a file beside the key. */
export async function prepareThrowAwayHome(context: Context): Promise<OperatorKey> {
  const folder = keyFolder(context.paths.home, context.env)
  const name = `tour-${randomBytes(4).toString('hex')}`
  const passphrase = toBase64url(randomBytes(24))
  const { key, sealed } = await createOperatorKey(name, passphrase)
  const file = writeKeyFile(folder, sealed)
  writeNewFile(join(folder, `${name}.passphrase`), `${passphrase}\n`)
  context.out.note(
    `Made a throw-away operator key, because --yes leaves nobody to choose a passphrase: ${file}`,
  )
  context.out.note(
    'Its passphrase lies beside it, so it protects nothing: use this home for trying out only.',
  )
  writeGenesis(context, key)
  return key
}

async function operatorName(context: Context): Promise<string> {
  const suggested = context.operator ?? plainUserName()
  const name =
    context.operator === null && canAsk()
      ? await ask(`Your name as operator [${suggested}]: `, suggested)
      : suggested
  if (isName(name)) return name
  throw usageFailure(
    `"${visible(name)}" cannot be a name`,
    'use lower case, digits, ".", "_" and "-": --operator NAME',
  )
}

function plainUserName(): string {
  const name = userName().toLowerCase()
  return isName(name) ? name : 'operator'
}

async function reuseKey(context: Context, folder: string, name: string): Promise<OperatorKey> {
  context.out.note(`Using the operator key ${join(folder, `${name}.key`)}`)
  const opened = await openOperatorKey(
    readKeyFile(folder, name),
    await readPassphrase(context.passphrases, name),
  )
  if (!opened.ok) throw usageFailure(opened.error, 'or make another key with --operator NAME')
  return opened.value
}

async function makeKey(context: Context, folder: string, name: string): Promise<OperatorKey> {
  context.out.note('First start: you need an operator key. It signs what you grant and approve, it is kept')
  context.out.note(`outside the home in ${folder}, and its passphrase cannot be recovered.`)
  const { key, sealed } = await createOperatorKey(name, await newPassphrase(context.passphrases, name))
  context.out.note(`Made ${writeKeyFile(folder, sealed)}`)
  return key
}

function writeGenesis(context: Context, { name: operatorName, publicKey: operatorKey }: OperatorKey): void {
  const paths = inDomain(context.paths, sovereignDomain)
  mkdirSync(paths.home, { recursive: true, mode: 0o700 })
  mkdirSync(paths.domain, { recursive: true, mode: 0o700 })
  const genesis = { name: sovereignDomain, role: 'sovereign', operatorName, operatorKey }
  writeNewFile(paths.genesis, JSON.stringify(genesis))
}
