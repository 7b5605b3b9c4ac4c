/**
 * From a selector and argument bytes to the request that a server gets. The arguments of a tool are put into
 * the message byte for byte. Those of the other selectors are taken apart and built anew, member by member,
 * because they share their object with the protocol: an argument named `_meta` or `requestState` would speak
 * in our name.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { toolOf } from '../definition.ts'
import { parse } from './message.ts'

/** A request without its metadata. */
export interface CallRequest {
  readonly method: string
  /** `params.name` or `params.uri`, where there is one. */
  readonly name: string | null
  /** The members of `params` as JSON text, each `"name":value`. */
  readonly members: readonly string[]
}

/** The request for a call, or why nothing can be sent. `args` is strict JSON. */
export function callRequest(selector: string, args: Uint8Array): Result<CallRequest, string> {
  if (args.includes(0x0a)) return err('the arguments hold a line break; nothing was sent')
  const tool = toolOf(selector)
  if (tool !== null) {
    const text = Buffer.from(args.buffer, args.byteOffset, args.length).toString()
    const members = [`"name":${JSON.stringify(tool)}`, `"arguments":${text}`]
    return ok({ method: 'tools/call', name: tool, members })
  }
  const value = parse(args)
  if (!isJsonObject(value)) return err('the arguments are not an object; nothing was sent')
  return builtRequest(selector, value)
}

function builtRequest(selector: string, args: JsonObject): Result<CallRequest, string> {
  switch (selector) {
    case 'resources/read':
    case 'resources/subscribe':
      return built(selector, args, { uri: isText }, 'uri')
    case 'prompts/get':
      return built(selector, args, { name: isText, arguments: isTexts }, 'name')
    case 'completion/complete':
      return built(
        selector,
        args,
        { ref: isJsonObject, argument: isJsonObject, context: isOptionalObject },
        null,
      )
    default:
      return err(`there is no selector ${selector}; nothing was sent`)
  }
}

type Check = (value: Json | undefined) => boolean

function built(
  method: string,
  args: JsonObject,
  checks: { readonly [name: string]: Check },
  nameMember: string | null,
): Result<CallRequest, string> {
  for (const name of Object.keys(args))
    if (!Object.hasOwn(checks, name))
      return err(`${method} has no argument ${JSON.stringify(name)}; nothing was sent`)
  for (const [name, check] of Object.entries(checks))
    if (!check(args[name]))
      return err(`the argument ${name} of ${method} is not what it must be; nothing was sent`)
  const members = Object.entries(args).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  )
  return ok({ method, name: nameMember === null ? null : (args[nameMember] as string), members })
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string'
}

function isTexts(value: Json | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every(isText))
}

function isOptionalObject(value: Json | undefined): boolean {
  return value === undefined || isJsonObject(value)
}
