/**
 * `custos driver diff`: what a driver is and offers now, against what an operator accepted. It changes nothing;
 * the exit code says whether there is a difference.
 */
import type { Command } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { codeDifferences } from '../driver-code.ts'
import type { Review } from '../driver-review.ts'
import { forTerminal, knownDriver, review, reviewData, showReview } from '../driver-review.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import { connectKernel } from '../kernel-client.ts'

/** Shows what a driver changed. */
export const driverDiffCommand: Command = {
  name: 'driver diff',
  synopsis: 'NAME [--start]',
  summary: 'show what a driver changed since it was accepted',
  details: [
    'Its program is started once more to ask what it offers. If its code was changed, that is shown and it is not',
    'started, unless --start says so. Exit code 1 when there is a difference.',
  ],
  flags: [{ name: 'start', about: 'start the program even if its code was changed' }],
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, env } = context
    const kernel = await connectKernel(context.paths)
    try {
      const known = await knownDriver(context, kernel, args.positionals[0] ?? '')
      const { program } = known.manifest
      const code = await codeDifferences(program)
      const mayStart = code.length === 0 || args.switches.has('start')
      const found: Review = mayStart
        ? await review(known, program, code)
        : { code, offer: null, selectors: [] }
      const name = visible(known.name)
      const advice = (text: string): string => adviceIn(context.paths.domainName, text)
      const differs = found.code.length + found.selectors.length > 0
      const lines = differs ? showReview(found) : [`${name} is what was accepted`]
      out.result(reviewData(known.name, found), forTerminal(lines, process.stdout, env))
      if (found.offer === null)
        out.note(
          advice(
            `Its code differs, so it was not started: custos driver diff ${name} --start looks at what it offers`,
          ),
        )
      if (differs) out.note(advice(`Accept it with: custos driver accept ${name}`))
      return differs ? exitCodes.refused : exitCodes.done
    } finally {
      kernel.close()
    }
  },
}
