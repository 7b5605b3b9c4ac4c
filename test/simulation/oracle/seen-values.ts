/** Values of a header as it was seen, which may be of any shape. */

/** The number if it could be an id, or 0. */
export function positive(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

/** The text, or nothing. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
