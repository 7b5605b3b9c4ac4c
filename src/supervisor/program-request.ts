/**
 * Programs as they are asked for on `supervisor.sock`: one to be started, or one that runs already and is to be held.
 * Everything is bounded and of the shape that docs/processes.md gives, or it is nothing.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { AgentProgram, HeldRun, RestartPolicy } from './unit.ts'

const maxNameLength = 256
const maxPids = 64
const policies: readonly RestartPolicy[] = ['never', 'on-failure', 'always']

/** A program to be started, or null. */
export function readAgentProgram(agent: string, value: Json | undefined): AgentProgram | null {
  if (!isJsonObject(value ?? null)) return null
  const { command, args, cwd, env, restart } = value as { readonly [name: string]: Json | undefined }
  if (typeof command !== 'string' || command === '' || typeof cwd !== 'string' || !cwd.startsWith('/'))
    return null
  if (!areTexts(args) || !isJsonObject(env ?? null) || !areTexts(Object.values(env as JsonObject)))
    return null
  if ([command, cwd, ...Object.keys(env as JsonObject)].some((text) => text.includes('\0'))) return null
  const program = { agent, command, args, cwd, env: { ...(env as { [name: string]: string }) } }
  if (restart === undefined) return program
  const policy = policies.find((known) => known === restart)
  return policy === undefined ? null : { ...program, restart: policy }
}

/** A program to be held, or null. */
export function readHeldRun(header: JsonObject): HeldRun | null {
  const {
    agent,
    process: number,
    name,
    rung,
    limits,
    pids,
  } = header as {
    readonly [name: string]: Json | undefined
  }
  if (![agent, name, rung].every((text) => typeof text === 'string' && text.length <= maxNameLength))
    return null
  if (typeof number !== 'number' || !Array.isArray(pids) || pids.length === 0 || pids.length > maxPids)
    return null
  const isPid = (pid: Json): boolean => typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1
  if (!pids.every(isPid) || pids.includes(process.pid)) return null
  return {
    agent: textOf(agent),
    process: number,
    name: textOf(name),
    rung: textOf(rung),
    limits: isJsonObject(limits ?? null) ? (limits as JsonObject) : {},
    pids: pids as readonly number[],
  }
}

/** A text, or an empty one. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function areTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'))
}
