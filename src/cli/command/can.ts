/**
 * `custos can`: what the gate would answer an agent that asked now, told by the gate itself. Nothing is
 * recorded and nothing is signed.
 */
import { isJsonObject } from '../../base/json.ts'
import { valueOf } from '../arguments.ts'
import { readCanRequest } from '../can-question.ts'
import { showCanAnswer } from '../can-rendering.ts'
import type { Command } from '../command.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import { textOf } from '../kernel-client.ts'
import { withKernel } from './with-kernel.ts'

/** Asks the gate. */
export const canCommand: Command = {
  name: 'can',
  synopsis: 'AGENT SELECTOR [ARGS] [--driver NAME]',
  summary: 'say what the gate would answer an agent that asked for this now',
  details: [
    'ARGS is the JSON object of the arguments; {} when left out. A bare tool name means tools/NAME.',
    'The answer is the gate’s own, from the live state, and nothing is recorded. Every level that says',
    'no is named, not only the first. Exit code 0: admitted, or held for a decision; 1: refused.',
  ],
  flags: [{ name: 'driver', value: 'NAME', about: 'whose selector it is, when several drivers serve one' }],
  asOf: true,
  positionals: { fewest: 2, most: 3 },
  async run(context) {
    const { args, out } = context
    let code: ExitCode = exitCodes.done
    await withKernel(context, async (kernel) => {
      const request = await readCanRequest(kernel, args.positionals, valueOf(args, 'driver'))
      const { process, processName, object, objectName, selector, bytes } = request
      const answer = await kernel.ask({ what: 'can', process, object, selector }, bytes)
      if (!isJsonObject(answer))
        throw new CommandFailure(exitCodes.fault, 'the kernel’s answer is not what this version understands')
      out.result(
        { process, processName, object, objectName, selector, ...answer },
        showCanAnswer(request, answer),
      )
      if (textOf(answer, 'answer') === 'refused') code = exitCodes.refused
    })
    return code
  },
}
