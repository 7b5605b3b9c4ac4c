/**
 * Presets for the git server from npm. Each call must name its repository, below one folder: without a name the
 * server takes whatever folder was set before. What leaves the machine, or throws work away, is in none.
 */
import type { ServerPresets } from './preset.ts'

const repository = 'path within /$ROOT'
const yesOrNo = 'in [true,false]'

/** `@cyanheads/git-mcp-server`. */
export const gitMcpServerPresets: ServerPresets = {
  server: 'git-mcp-server',
  origin: '@cyanheads/git-mcp-server',
  known: ['tools/git_status', 'tools/git_blame', 'tools/git_reflog'],
  readOnly: {
    'tools/git_status': [repository, `includeUntracked? ${yesOrNo}`],
    'tools/git_diff': [
      repository,
      'target? any',
      'source? any',
      'paths? any',
      `staged? ${yesOrNo}`,
      `includeUntracked? ${yesOrNo}`,
      `nameOnly? ${yesOrNo}`,
      `stat? ${yesOrNo}`,
      'contextLines? range 0..',
      `autoExclude? ${yesOrNo}`,
    ],
    'tools/git_log': [
      repository,
      'maxCount? range 1..',
      'skip? range 0..',
      'since? any',
      'until? any',
      'author? any',
      'grep? any',
      'branch? any',
      'filePath? any',
      `oneline? ${yesOrNo}`,
      `stat? ${yesOrNo}`,
      `patch? ${yesOrNo}`,
    ],
    'tools/git_show': [repository, 'object any', 'format? any', `stat? ${yesOrNo}`, 'filePath? any'],
    'tools/git_blame': [
      repository,
      'filePath any',
      'startLine? range 1..',
      'endLine? range 1..',
      `ignoreWhitespace? ${yesOrNo}`,
    ],
    'tools/git_reflog': [repository, 'ref? any', 'maxCount? range 1..'],
  },
  readWrite: {
    'tools/git_add': [repository, 'paths? any', `update? ${yesOrNo}`, `all? ${yesOrNo}`],
    'tools/git_commit': [
      repository,
      'message any',
      `amend? ${yesOrNo}`,
      `allowEmpty? ${yesOrNo}`,
      'filesToStage? any',
    ],
    'tools/git_branch': [
      repository,
      'mode? in ["list","create","rename","show-current"]',
      'branchName? any',
      'newBranchName? any',
      'startPoint? any',
    ],
    'tools/git_checkout': [repository, 'target any', `createBranch? ${yesOrNo}`],
    'tools/git_merge': [
      repository,
      'branch any',
      `noFastForward? ${yesOrNo}`,
      `squash? ${yesOrNo}`,
      'message? any',
      `abort? ${yesOrNo}`,
    ],
    'tools/git_tag': [
      repository,
      'mode? in ["list","create","verify"]',
      'tagName? any',
      'commit? any',
      'message? any',
      `annotated? ${yesOrNo}`,
    ],
    'tools/git_stash': [
      repository,
      'mode? in ["list","push","pop","apply"]',
      'message? any',
      'stashRef? any',
      `includeUntracked? ${yesOrNo}`,
    ],
  },
  leftOut: {
    'tools/git_push': 'it leaves the machine',
    'tools/git_pull': 'it leaves the machine',
    'tools/git_fetch': 'it leaves the machine',
    'tools/git_clone': 'it leaves the machine',
    'tools/git_remote': 'it changes where others push to',
    'tools/git_clean': 'it deletes files that git does not know',
    'tools/git_reset': 'it can throw work away',
    'tools/git_rebase': 'it rewrites history',
    'tools/git_cherry_pick': 'it can stop half way',
    'tools/git_init': 'it makes repositories',
    'tools/git_worktree': 'it writes outside the repository',
    'tools/git_set_working_dir': 'every call names its repository',
    'tools/git_clear_working_dir': 'every call names its repository',
    'tools/git_changelog_analyze': 'it only gives instructions',
    'tools/git_wrapup_instructions': 'it only gives instructions',
  },
}
