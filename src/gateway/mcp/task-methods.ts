/**
 * `tasks/get`, `tasks/update` and `tasks/cancel` of the Tasks extension (SEP-2663), free of any transport. The
 * extension belongs to the modern era: under a legacy revision these methods, and always `tasks/list` and
 * `tasks/result`, are unknown. Over HTTP all three are routed by `Mcp-Name`, which must equal `params.taskId`.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { tasksExtension } from '../../mcp/meta.ts'
import type { RpcAnswer } from './reply.ts'
import { failed } from './reply.ts'
import type { TaskTable } from './task-table.ts'

/** A method of the extension. */
export type TaskMethod = 'tasks/get' | 'tasks/update' | 'tasks/cancel'

/** The parameter that names the task, and that `Mcp-Name` repeats. */
export const taskNameParameter = 'taskId'

/** For a client that did not declare the extension with its request; HTTP carries it with status 400. */
export const tasksNotDeclared: RpcError = {
  code: errorCodes.missingClientCapability,
  message: `This needs a client that declares the extension ${tasksExtension}.`,
  data: { requiredCapabilities: { extensions: { [tasksExtension]: {} } } },
}

/** True for the methods of the extension. */
export function isTaskMethod(method: string): method is TaskMethod {
  return method === 'tasks/get' || method === 'tasks/update' || method === 'tasks/cancel'
}

/**
 * Answers a request of the extension. `agent` is the digest of the token that came with it; `declared` says
 * whether this very request declared the extension.
 */
export function answerTaskMethod(
  tasks: TaskTable,
  method: TaskMethod,
  agent: string,
  params: JsonObject,
  declared: boolean,
): RpcAnswer {
  if (!declared) return { error: tasksNotDeclared }
  const id = params[taskNameParameter]
  if (typeof id !== 'string') return invalid('`taskId` must be a text.')
  const task = tasks.find(agent, id)
  if (task === null) return invalid('There is no such task, or not any more.')
  switch (method) {
    case 'tasks/get':
      return { result: task.detailed({ resultType: 'complete' }) }
    case 'tasks/update': {
      const responses = params['inputResponses']
      if (!isResponses(responses)) return invalid('`inputResponses` must map keys to result objects.')
      task.update(responses)
      return acknowledged
    }
    case 'tasks/cancel':
      task.cancel()
      return acknowledged
  }
}

const acknowledged: RpcAnswer = { result: '{"resultType":"complete"}' }

function isResponses(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && Object.values(value).every((response) => isJsonObject(response))
}

function invalid(message: string): RpcAnswer {
  return failed(errorCodes.invalidParams, message)
}
