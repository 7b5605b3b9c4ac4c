/**
 * `custos operator key|rotate`: making the key of somebody who is to be an operator, and putting another key in the
 * place of one. A private key is made where it is used and never leaves there.
 */
import { join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import type { EnrolmentRequest } from '../enrolment-request.ts'
import { enrolmentRequest, levelNamed, readEnrolmentRequest, requestText } from '../enrolment-request.ts'
import { visible } from '../escape.ts'
import { exitCodes, mayStand, usageFailure } from '../exit.ts'
import { keyNames, removeKeyFile, writeKeyFile } from '../key-folder.ts'
import { keyFolder } from '../key-place.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { OperatorKey } from '../operator-key.ts'
import { createOperatorKey } from '../operator-key.ts'
import { newPassphrase } from '../passphrase.ts'
import { isName } from '../../kernel/sovereign/shape.ts'
import { signAndSend, whoSigns } from '../signing.ts'
import type { OperatorEntry } from './operator.ts'
import { findOperator } from './operator.ts'
import { withGoverning } from './with-kernel.ts'

async function makeKey(context: Context, name: string): Promise<OperatorKey> {
  const folder = keyFolder(context.paths.home, context.env)
  const { key, sealed } = await createOperatorKey(name, await newPassphrase(context.passphrases, name))
  context.out.note(`Made ${writeKeyFile(folder, sealed)}`)
  return key
}

/** Makes a key and the request to enrol it. */
export const operatorKeyCommand: Command = {
  name: 'operator key',
  synopsis: 'NAME --level LEVEL [--domain DOMAIN]',
  summary: 'make the key of somebody who is to be an operator, and print their request',
  details: [
    'The levels are sovereign, co-operator (proposes; another operator confirms) and domain-sovereign',
    '(everything, in one domain). The request holds no secret: give it to a sovereign operator, who enrols',
    'you with custos operator add FILE.',
  ],
  flags: [
    { name: 'level', value: 'LEVEL', about: 'what they are to be' },
    { name: 'domain', value: 'DOMAIN', about: 'the domain of a domain-sovereign' },
    { name: 'key', value: 'KEYNAME', about: 'what the key’s file is called (default: their name)' },
    {
      name: 'passphrase-file',
      value: 'FILE',
      about: 'take the passphrase from a private file, for automation',
    },
  ],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const name = context.args.positionals[0] ?? ''
    if (!isName(name))
      throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
    const level = valueOf(context.args, 'level')
    if (level === null) throw usageFailure('as what?', 'use --level co-operator, for example')
    const person = { name, ...levelNamed(level, valueOf(context.args, 'domain')) }
    const key = await makeKey(context, valueOf(context.args, 'key') ?? name)
    const request = enrolmentRequest(key, person)
    context.out.result({ ...request.enrolment, proof: request.proof }, [requestText(request)])
    return exitCodes.done
  },
}

/** Replaces an operator's key. */
export const operatorRotateCommand: Command = {
  name: 'operator rotate',
  synopsis: '[NAME FILE]',
  summary: 'replace your key, or a lost one of another operator (signed)',
  details: [
    'Without arguments it makes a new key for you, enrols it with the old one’s last signature, and says which',
    'file is which. For an operator whose key is lost, FILE is a request that their new key signed: they make it',
    'with custos operator key NAME --key KEYNAME, and it has to name the same person at the same level.',
  ],
  flags: signingFlags,
  isHomeWide: true,
  positionals: { fewest: 0, most: 2 },
  run: (context) =>
    withGoverning(context, async (kernel, there) => {
      const [name, file] = context.args.positionals
      if (name !== undefined && file === undefined)
        throw usageFailure('whose request?', 'custos operator rotate NAME FILE')
      const made =
        name === undefined || file === undefined
          ? await rotateOwn(there, kernel)
          : await rotateLost(there, kernel, name, file)
      context.out.result(made, [`The key is replaced, recorded in #${numberOf(made, 'seq')}.`])
    }),
}

async function rotateLost(
  context: Context,
  kernel: KernelClient,
  name: string,
  file: string,
): Promise<JsonObject> {
  const known = await findOperator(kernel, name)
  const request = readEnrolmentRequest(file)
  const { enrolment } = request
  if (
    enrolment.name !== known.name ||
    enrolment.level !== known.level ||
    (enrolment.domain ?? null) !== known.domain
  )
    throw usageFailure(
      'the request is not of the same person at the same level',
      'compare: custos operator list',
    )
  return rotate(context, kernel, known, request)
}

/** The new key lies beside the old one, under a name of its own, until the old one is thrown away. */
async function rotateOwn(context: Context, kernel: KernelClient): Promise<JsonObject> {
  const { keyName, operatorName } = await whoSigns(context, kernel)
  const known = await findOperator(kernel, operatorName)
  const folder = keyFolder(context.paths.home, context.env)
  const fileName = freeName(keyNames(folder), known.name)
  const key = await makeKey(context, fileName)
  const { name, level, domain } = known
  const request = enrolmentRequest(key, { name, ...levelNamed(level, domain) })
  try {
    const made = await rotate(context, kernel, known, request)
    context.out.note(`From now on you sign with ${join(folder, `${fileName}.key`)}`)
    context.out.note(`The old key ${join(folder, `${keyName}.key`)} counts no more here.`)
    return made
  } catch (problem) {
    if (!mayStand(problem)) removeKeyFile(folder, fileName)
    throw problem
  }
}

function freeName(taken: readonly string[], name: string): string {
  let count = 2
  while (taken.includes(`${name}-${count}`)) count += 1
  return `${name}-${count}`
}

function rotate(
  context: Context,
  kernel: KernelClient,
  { operator, name }: OperatorEntry,
  { enrolment, proof }: EnrolmentRequest,
): Promise<JsonObject> {
  const action = { do: 'operator.rotate', operator, publicKey: enrolment.publicKey, proof } as const
  return signAndSend(context, kernel, action, [`(operator ${operator} is ${visible(name)})`])
}
