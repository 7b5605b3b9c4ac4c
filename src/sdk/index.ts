/**
 * What an agent author imports: `import { connectAgent } from 'custos/sdk'`. Attach, see what is held, ask
 * for effects, read the answers.
 */
export { connectAgent } from './agent.ts'
export type { Agent, ConnectOptions } from './agent.ts'
export type {
  AuthorityAnswer,
  CallAnswer,
  CallOutcome,
  CallRequest,
  HeldCapability,
  HeldNotice,
  ProgressNotice,
  Refused,
} from './call.ts'
export { ConnectionLost } from './connection-lost.ts'
