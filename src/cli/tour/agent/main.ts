/**
 * The agent of the tour: a real program on the SDK, in a process of its own, that does what it is told one
 * line at a time and says what it heard. It has a token and nothing else; whatever it achieves, it achieves
 * through the gate.
 *
 * Lines in: `{"id":1,"object":"tour-files","selector":"tools/read_text_file","arguments":{…}}`.
 * Lines out: `{"id":1,"held":{…}}`, `{"id":1,"answer":{…}}`, `{"id":1,"lost":"…"}`, `{"ready":true}`.
 */
import { createInterface } from 'node:readline'
import type { Json } from '../../../base/json.ts'
import type { Agent, CallAnswer } from '../../../sdk/index.ts'
import { ConnectionLost, connectAgent } from '../../../sdk/index.ts'

interface Task {
  readonly id: number
  readonly object: string | number
  readonly selector: string
  readonly arguments: { readonly [name: string]: Json }
}

const attachment: { agent: Agent | null } = { agent: null }

/** The attachment; made again when the last one ended, as it does at a halt. */
async function attach(): Promise<Agent> {
  if (attachment.agent !== null) return attachment.agent
  const agent = await connectAgent()
  attachment.agent = agent
  void agent.closed.then(() => {
    if (attachment.agent === agent) attachment.agent = null
  })
  return agent
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function told(answer: CallAnswer): object {
  if (!answer.ok) return answer
  const { resultBytes, ...rest } = answer
  return { ...rest, bytes: resultBytes.length }
}

async function perform({ id, object, selector, arguments: args }: Task): Promise<void> {
  try {
    const agent = await attach()
    const answer = await agent.call({
      object,
      selector,
      arguments: args,
      onHeld: (held) => tell({ id, held }),
    })
    tell({ id, answer: told(answer) })
  } catch (problem) {
    if (!(problem instanceof ConnectionLost)) throw problem
    tell({ id, lost: problem.message })
  }
}

await attach()
tell({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  void perform(JSON.parse(line) as Task)
}
attachment.agent?.close()
