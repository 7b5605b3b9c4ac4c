/**
 * The table of commands. Help, suggestions and the documentation test read this list and nothing else.
 */
import type { Command } from './command.ts'
import { agentAddCommand, agentConfigCommand, agentListCommand, agentRemoveCommand } from './command/agent.ts'
import { agentStartCommand } from './command/agent-start.ts'
import { approvalsCommand, approveCommand, denyCommand } from './command/approvals.ts'
import { atCommand } from './command/at.ts'
import { canCommand } from './command/can.ts'
import { canonEnactCommand, canonProposeCommand, canonSignCommand } from './command/canon-amend.ts'
import { canonShowCommand, canonStatusCommand, canonVerifyCommand } from './command/canon.ts'
import { capsCommand } from './command/caps.ts'
import { doctorCommand } from './command/doctor.ts'
import {
  domainAddCommand,
  domainFreezeCommand,
  domainListCommand,
  domainRemoveCommand,
  domainUnfreezeCommand,
} from './command/domain.ts'
import { domainShareCommand, domainSharesCommand, domainUnshareCommand } from './command/domain-share.ts'
import { operatorAddCommand, operatorListCommand, operatorRevokeCommand } from './command/operator.ts'
import { narrowCommand } from './command/narrow.ts'
import { operatorKeyCommand, operatorRotateCommand } from './command/operator-key.ts'
import { proposalsCommand, proposalsConfirmCommand, proposalsDeclineCommand } from './command/proposals.ts'
import { downCommand } from './command/down.ts'
import { driverAddCommand } from './command/driver-add.ts'
import { mcpCommand } from './command/mcp.ts'
import { importCommand } from './command/import.ts'
import { exportCommand } from './command/export.ts'
import { observeCommand } from './command/observe.ts'
import { suggestCommand } from './command/suggest.ts'
import { enforceCommand } from './command/enforce.ts'
import { driverDiffCommand } from './command/driver-diff.ts'
import { driverAcceptCommand } from './command/driver-accept.ts'
import { driverLoginCommand } from './command/driver-login.ts'
import { driverListCommand, driverRemoveCommand } from './command/driver.ts'
import { grantCommand } from './command/grant.ts'
import { drillCommand } from './command/drill.ts'
import { haltCommand } from './command/halt.ts'
import { killCommand } from './command/kill.ts'
import { holdListCommand, holdPlaceCommand, holdReleaseCommand } from './command/hold.ts'
import { ledgerAcceptLossCommand } from './command/ledger-accept-loss.ts'
import { ledgerMirrorCommand } from './command/ledger-mirror.ts'
import { ledgerEraseCommand } from './command/ledger-erase.ts'
import { ledgerEscrowOpenCommand, ledgerEscrowShowCommand } from './command/ledger-escrow-open.ts'
import { ledgerEscrowCreateCommand, ledgerEscrowListCommand } from './command/ledger-escrow.ts'
import { ledgerArchiveCommand } from './command/ledger-archive.ts'
import { ledgerBackupCommand } from './command/ledger-backup.ts'
import { ledgerRestoreCommand } from './command/ledger-restore.ts'
import { ledgerSnapshotCommand } from './command/ledger-snapshot.ts'
import { ledgerCheckpointCommand } from './command/ledger-checkpoint.ts'
import { ledgerExportCommand } from './command/ledger-export.ts'
import { ledgerFindCommand } from './command/ledger-find.ts'
import { ledgerProveCommand } from './command/ledger-prove.ts'
import { ledgerReplayCommand } from './command/ledger-replay.ts'
import { ledgerShowCommand, ledgerTailCommand } from './command/ledger.ts'
import { ledgerVerifyCommand } from './command/ledger-verify.ts'
import { ledgerWitnessCommand } from './command/ledger-witness.ts'
import {
  processFreezeCommand,
  processListCommand,
  processThawCommand,
  processWeighCommand,
} from './command/process.ts'
import {
  projectionOffCommand,
  projectionOnCommand,
  projectionRebuildCommand,
  projectionStartCommand,
  projectionStatusCommand,
} from './command/projection.ts'
import { psCommand } from './command/ps.ts'
import { queryCommand } from './command/query.ts'
import { statusCommand } from './command/status.ts'
import { replayCommand } from './command/replay.ts'
import { secretListCommand, secretRemoveCommand, secretTrustCommand } from './command/secret.ts'
import { secretAddCommand, secretRotateCommand } from './command/secret-add.ts'
import { resumeCommand } from './command/resume.ts'
import { reviewCommand } from './command/review.ts'
import { revokeCommand } from './command/revoke.ts'
import { runCommand } from './command/run.ts'
import { changesCommand } from './command/changes.ts'
import { changesCommitCommand } from './command/changes-commit.ts'
import { changesDropCommand } from './command/changes-drop.ts'
import { changesShowCommand } from './command/changes-show.ts'
import { subjectAddCommand, subjectListCommand } from './command/subject.ts'
import { startCommand } from './command/start.ts'
import { unusedCommand } from './command/unused.ts'
import { upCommand } from './command/up.ts'
import { upgradeCommand } from './command/upgrade.ts'
import { versionCommand } from './command/version.ts'
import { whyCommand } from './command/why.ts'
import { witnessCommand, witnessInitCommand } from './command/witness.ts'

/** Every command but `help`, in the order in which help lists them. */
export const commands: readonly Command[] = [
  startCommand,
  upCommand,
  downCommand,
  statusCommand,
  psCommand,
  driverAddCommand,
  driverListCommand,
  driverRemoveCommand,
  driverDiffCommand,
  driverAcceptCommand,
  driverLoginCommand,
  agentAddCommand,
  agentConfigCommand,
  agentListCommand,
  agentRemoveCommand,
  agentStartCommand,
  runCommand,
  changesCommand,
  changesShowCommand,
  changesCommitCommand,
  changesDropCommand,
  mcpCommand,
  importCommand,
  exportCommand,
  observeCommand,
  suggestCommand,
  enforceCommand,
  grantCommand,
  narrowCommand,
  revokeCommand,
  capsCommand,
  canCommand,
  atCommand,
  secretAddCommand,
  secretListCommand,
  secretRotateCommand,
  secretRemoveCommand,
  secretTrustCommand,
  approvalsCommand,
  approveCommand,
  denyCommand,
  proposalsCommand,
  proposalsConfirmCommand,
  proposalsDeclineCommand,
  domainAddCommand,
  domainListCommand,
  domainFreezeCommand,
  domainUnfreezeCommand,
  domainRemoveCommand,
  domainShareCommand,
  domainSharesCommand,
  domainUnshareCommand,
  operatorKeyCommand,
  operatorAddCommand,
  operatorListCommand,
  operatorRotateCommand,
  operatorRevokeCommand,
  whyCommand,
  unusedCommand,
  reviewCommand,
  ledgerTailCommand,
  ledgerShowCommand,
  ledgerFindCommand,
  projectionStartCommand,
  projectionOnCommand,
  projectionOffCommand,
  projectionStatusCommand,
  projectionRebuildCommand,
  queryCommand,
  ledgerVerifyCommand,
  ledgerCheckpointCommand,
  ledgerProveCommand,
  ledgerWitnessCommand,
  witnessCommand,
  witnessInitCommand,
  ledgerReplayCommand,
  ledgerExportCommand,
  ledgerSnapshotCommand,
  ledgerArchiveCommand,
  ledgerBackupCommand,
  ledgerRestoreCommand,
  ledgerAcceptLossCommand,
  ledgerMirrorCommand,
  ledgerEraseCommand,
  ledgerEscrowCreateCommand,
  ledgerEscrowListCommand,
  ledgerEscrowShowCommand,
  ledgerEscrowOpenCommand,
  subjectAddCommand,
  subjectListCommand,
  holdPlaceCommand,
  holdReleaseCommand,
  holdListCommand,
  replayCommand,
  processListCommand,
  processFreezeCommand,
  processThawCommand,
  processWeighCommand,
  killCommand,
  haltCommand,
  resumeCommand,
  drillCommand,
  canonShowCommand,
  canonStatusCommand,
  canonVerifyCommand,
  canonProposeCommand,
  canonSignCommand,
  canonEnactCommand,
  upgradeCommand,
  doctorCommand,
  versionCommand,
]
