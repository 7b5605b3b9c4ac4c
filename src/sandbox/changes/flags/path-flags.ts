/**
 * What a path alone says. Programs read these files on their own: a shell when it starts, an editor when a
 * folder is opened, Git when it does anything, a server when a branch is pushed. Whoever may write them can
 * have commands run later, outside every boundary. Names are compared in lower case, because on some disks
 * `.GIT` is `.git`. Git's own bookkeeping, objects, refs and index, is not told of: it runs nothing.
 */
import type { Flag, FlagKind } from '../change.ts'

interface Rule {
  readonly kind: FlagKind
  /** Matched against the lower-case path, which begins with `/`. */
  readonly pattern: RegExp
  readonly detail: string
}

/** The first that matches tells; what is more particular stands first. */
const rules: readonly Rule[] = [
  {
    kind: 'hook',
    pattern:
      /\/(?:\.git|modules\/[^/]+)(?:\/.*)?\/hooks(?:\/|$)|\/hooks\/(?:pre|post|update|commit|prepare|applypatch|fsmonitor)[-\w]*$/,
    detail: 'Git runs it',
  },
  { kind: 'hook', pattern: /\/\.(?:husky|githooks)(?:\/|$)/, detail: 'Git may run it' },
  {
    kind: 'hook',
    pattern:
      /\/(?:\.?lefthook(?:-local)?\.(?:ya?ml|json|toml)|\.pre-commit-config\.yaml|\.lintstagedrc(?:\.\w+)?|\.envrc)$/,
    detail: 'it names commands that run on their own',
  },
  {
    kind: 'git-configuration',
    pattern:
      /\/\.git\/(?:.*\/)?(?:config(?:\.worktree)?|info\/attributes|commondir|gitdir|objects\/info\/alternates)$/,
    detail: 'Git obeys it, and it can name programs to run',
  },
  {
    kind: 'git-configuration',
    pattern: /\/(?:\.gitmodules|\.gitattributes|\.gitconfig|\.git)$/,
    detail: 'Git obeys it',
  },
  {
    kind: 'agent-configuration',
    pattern:
      /\/(?:\.claude|\.codex|\.gemini|\.opencode|\.aider[^/]*|\.windsurf[^/]*|\.cursor|\.cursorrules|\.clinerules|\.roo[^/]*|\.kiro|\.continue)(?:\/|$)/,
    detail: 'agents obey it',
  },
  {
    kind: 'agent-configuration',
    pattern:
      /\/(?:\.mcp\.json|mcp\.json|(?:claude|agents|gemini|skill)(?:\.local)?\.md|copilot-instructions\.md|opencode\.jsonc?)$/,
    detail: 'agents obey it',
  },
  {
    kind: 'ci',
    pattern:
      /\/(?:\.github\/(?:workflows|actions)|\.circleci|\.buildkite|\.woodpecker|\.gitea|\.forgejo|\.gitlab\/ci)(?:\/|$)/,
    detail: 'a build server runs it',
  },
  {
    kind: 'ci',
    pattern:
      /\/(?:\.gitlab-ci\.yml|\.travis\.yml|\.drone\.yml|\.woodpecker\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|jenkinsfile|appveyor\.yml|\.appveyor\.yml|cloudbuild\.ya?ml)$/,
    detail: 'a build server runs it',
  },
  {
    kind: 'editor-configuration',
    pattern: /\/(?:\.vscode|\.idea|\.devcontainer|\.zed|\.fleet|\.nvim|\.vim|\.emacs\.d)(?:\/|$)/,
    detail: 'an editor obeys it, and it can name commands',
  },
  {
    kind: 'editor-configuration',
    pattern:
      /\/(?:\.devcontainer\.json|\.n?vimrc|\.nvim\.lua|\.exrc|\.dir-locals\.el|\.emacs|[^/]+\.code-workspace)$/,
    detail: 'an editor obeys it, and it can name commands',
  },
  {
    kind: 'dot-file',
    pattern: /\/(?:sitecustomize\.py|usercustomize\.py|[^/]+\.pth)$/,
    detail: 'Python runs it on its own',
  },
]

/** Dot-files of packages that were installed, and of Git's own bookkeeping, are theirs and run nothing. */
const quiet = /\/(?:node_modules|\.git|\.venv|venv|__pycache__|\.pytest_cache)\//
const dotted = /\/\.[^/]+(?:\/|$)/

/** What Git lays beside its hooks as examples, and runs under no circumstances. */
const example = /(?:^|\/)\.git\/hooks\/[-\w]+\.sample$/

/** True for a file that Git made as an example and nothing runs. */
export function isExample(path: string): boolean {
  return example.test(path)
}

/** What to look at because of where it is. `path` is relative to the folder. */
export function pathFlags(path: string): readonly Flag[] {
  if (isExample(path)) return []
  const folded = `/${path}`.toLowerCase()
  const rule = rules.find(({ pattern }) => pattern.test(folded))
  if (rule !== undefined) return [{ kind: rule.kind, detail: rule.detail }]
  if (quiet.test(`${folded}/`) || !dotted.test(folded)) return []
  return [{ kind: 'dot-file', detail: 'programs may read it on their own' }]
}

/** Characters that a screen obeys, hides or reorders. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u

/** What to look at because of how it is spelt. */
export function nameFlags(path: string): readonly Flag[] {
  if (!hidden.test(path)) return []
  return [{ kind: 'name', detail: 'its name has characters that cannot be seen' }]
}

/** How a disk that does not tell case or composition apart may see the name. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC')
}
