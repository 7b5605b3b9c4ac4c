/**
 * The tour: about a minute, on real parts. It grants, watches, approves, revokes, asks why and halts, and
 * reads every claim back from the ledger. If reality differs, it fails and says how.
 */
import type { Context } from '../command.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import { connectKernel } from '../kernel-client.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import type { OperatorKey } from '../operator-key.ts'
import { startAgentProgram } from './agent-program.ts'
import { Evidence } from './evidence.ts'
import { allowedRead, heldWrite, refusedWrite, usesRunOut } from './gate-acts.ts'
import { haltAndResume, revocationCuts } from './power-acts.ts'
import { offlineProof, whyItHappened } from './proof-acts.ts'
import { setTheStage } from './setting.ts'
import type { Stage } from './stage.ts'
import { say, signerFor } from './stage.ts'
import { TourFailure } from './tour-failure.ts'

/** Runs the whole tour, or as much of it as there is until `stop`. Fails with exit code 1 when reality differs from what was expected. */
export async function runTour(
  context: Context,
  key: OperatorKey,
  unattended: boolean,
  stop: AbortSignal,
): Promise<void> {
  try {
    await play(context, key, unattended, stop)
  } catch (problem) {
    if (!(problem instanceof TourFailure)) throw problem
    throw new CommandFailure(
      exitCodes.refused,
      `the tour found something else: ${problem.message}`,
      'run: custos doctor',
      {
        code: 'tour-differs',
      },
    )
  }
}

async function play(
  context: Context,
  key: OperatorKey,
  unattended: boolean,
  stop: AbortSignal,
): Promise<void> {
  const kernel = await connectKernel(context.paths)
  await kernel.read({ reader: 'the tour', purpose: 'tour', from: 1 })
  const evidence = new Evidence(openLedgerFolder(context.paths, 'opened'))
  const signer = await signerFor(kernel, key)
  const backstage = { context, kernel, signer, evidence, unattended, stop }
  await say(backstage, '\nA tour of about a minute. Every line with a # is read back from the ledger.')
  const { setting, token } = await setTheStage(backstage)
  const agent = await startAgentProgram(context.paths, token)
  const stage: Stage = { ...backstage, setting, agent }
  try {
    const { reading } = await allowedRead(stage)
    await refusedWrite(stage)
    const decided = await heldWrite(stage)
    await usesRunOut(stage)
    await revocationCuts(stage, reading)
    await haltAndResume(stage)
    await whyItHappened(stage, decided)
    await offlineProof(stage)
    await say(
      stage,
      '\nThat was the tour: everything you saw is in the ledger, and custos why explains any of it.',
    )
  } finally {
    await agent.stop()
    stage.kernel.close()
  }
}
