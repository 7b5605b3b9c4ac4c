/** `custos changes commit`: takes changes of a run over into the folder, all of them or none. */
import { valuesOf } from '../arguments.ts'
import { commitRun } from '../changes/commit-run.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { withKernel } from './with-kernel.ts'
import { adviceIn } from '../domain-advice.ts'

/** Commits. */
export const changesCommitCommand: Command = {
  name: 'changes commit',
  synopsis: 'RUN [PATH…] [--except PATH]… [--flagged] [--overwrite]',
  summary: 'commit what a run changed, exactly as it is shown (signed)',
  details: [
    'The commit is a call of the run, held by the gate; the signature is for these changes and no others.',
    'What needs a look is committed only with --flagged, or when its own path is named.',
    'Devices, pipes, sockets and special mode bits are never committed.',
  ],
  flags: [
    { name: 'except', value: 'PATH', repeat: true, about: 'leave this out, with all that is in it' },
    { name: 'flagged', about: 'also what needs a look' },
    { name: 'overwrite', about: 'also where the folder changed meanwhile' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: null },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const [run = '', ...only] = context.args.positionals
      const { switches } = context.args
      const done = await commitRun(context, kernel, run, {
        only,
        except: valuesOf(context.args, 'except'),
        overwrite: switches.has('overwrite'),
        flagged: switches.has('flagged'),
      })
      const left = done.isOver
        ? 'Nothing of the run is left.'
        : adviceIn(context.paths.domainName, `The rest waits: custos changes show ${run}`)
      context.out.result(done, [
        `Committed ${done.committed} ${done.committed === 1 ? 'change' : 'changes'}, recorded in #${done.seq}. ${left}`,
      ])
    }),
}
