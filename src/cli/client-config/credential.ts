/**
 * What looks like a credential. A manifest is signed and recorded for good, so nothing that might be a secret
 * goes into it unless somebody says so. It is a guess from names and shapes, and guesses on the careful side.
 */

const tellingWords =
  /key|token|secret|passw|passphrase|passcode|credential|bearer|cookie|private|signature|webhook/i
const tellingParts: ReadonlySet<string> = new Set(['auth', 'pat', 'pwd', 'pass', 'pin', 'dsn', 'jwt', 'sas'])
const knownStarts =
  /^(?:sk-|pk_|sk_|rk_|gh[opsur]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza|ya29\.|eyJ|npm_|hf_|lin_|ntn_|secret_|SG\.|custos_|-----BEGIN |Bearer |Basic |Token )/i
const harmless = /^(?:|true|false|yes|no|on|off|none|null|auto|-?\d{1,9}(?:\.\d+)?)$/i

/** True when the value of something of that name should not be recorded. */
export function looksLikeCredential(name: string, value: string): boolean {
  if (harmless.test(value)) return false
  const namesPlace = /(?:file|path|dir|folder|url|uri|endpoint)$/i.test(name)
  if (isTelling(name) && !(namesPlace && isPlace(value))) return true
  return isSecretShaped(value)
}

function isTelling(name: string): boolean {
  return (
    tellingWords.test(name) ||
    name.split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/).some((part) => tellingParts.has(part.toLowerCase()))
  )
}

function isPlace(value: string): boolean {
  return /^(?:[/~.]|[A-Za-z]:[\\/])/.test(value) || (isAddress(value) && !addressHoldsSecret(value))
}

function isAddress(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
}

/** True for a value that gives itself away, whatever its name. */
export function isSecretShaped(value: string): boolean {
  if (knownStarts.test(value) || /^(?:proxy-)?authorization\s*[:=]/i.test(value)) return true
  if (isAddress(value)) return addressHoldsSecret(value)
  if (/^(?:[/~.@]|[A-Za-z]:[\\/])/.test(value)) return false
  return value.split(/[\s,;:@"'=]+/).some(isRandom)
}

/** User and password in front of the host, or something telling in the query or the path. */
function addressHoldsSecret(value: string): boolean {
  const address = URL.parse(value)
  if (address === null) return /:\/\/[^/@\s]*:[^/@\s]*@/.test(value)
  return (
    address.password !== '' ||
    [...address.searchParams].some(([name, text]) => looksLikeCredential(name, text)) ||
    address.pathname.split('/').some((part) => isRandom(part) || knownStarts.test(part))
  )
}

/** Long, and mixed as only machines mix: hex, or capitals, small letters and digits together. */
function isRandom(text: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(text)) return true
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return true
  return (
    /^[A-Za-z0-9_+/.~-]{20,}$/.test(text) &&
    /[A-Z]/.test(text) &&
    /[a-z]/.test(text) &&
    (text.match(/\d/g)?.length ?? 0) >= 2 &&
    new Set(text).size >= 12
  )
}

/**
 * The arguments of a program that look like credentials, by position: the value after `--token`, the whole of
 * `--token=…`, and whatever gives itself away.
 */
export function credentialArguments(args: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (const [index, text] of args.entries()) {
    const [, name = '', value = ''] = /^-{0,2}([A-Za-z][\w.-]*)=(.*)$/s.exec(text) ?? []
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(args[index - 1] ?? '')?.[1] ?? ''
    const isValue = flag !== '' && !text.startsWith('-')
    if (isSecretShaped(text)) found.add(index)
    else if (name !== '' && looksLikeCredential(name, value)) found.add(index)
    else if (isValue && looksLikeCredential(flag, text)) found.add(index)
  }
  return found
}
