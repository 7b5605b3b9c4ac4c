/** JSON values as this system admits them: I-JSON (RFC 7493), parsed strictly and bounded. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object. Built with a null prototype by the strict parser, so `__proto__` is an ordinary name. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** True for a JSON object (not an array, not null). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
