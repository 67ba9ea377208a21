/** A registration: what a registry said of a registrable name, and the shape of everything that may be asked. */

/** The registry's answer was definite, and holds no date. */
export type UnsupportedReason = 'no-rdap-service' | 'no-registration-event'

/** The look-up failed; asking again may help. */
export type FailedReason =
  | 'timeout'
  | 'network-error'
  | 'rate-limited'
  | 'server-error'
  | 'refused' // 4xx other than 404 and 429
  | 'malformed-answer'
  | 'answer-too-large'
  | 'bad-redirect' // too many, or to where we do not go
  | 'private-address' // the server's name leads into a network that is not public
  | 'no-bootstrap' // nobody told us yet which registry serves the TLD

export type Registration =
  /** Dates are epoch milliseconds. Not every registry tells the expiry (.no, .fi). */
  | { readonly kind: 'registered'; readonly registered: number; readonly expires: number | undefined }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsupported'; readonly reason: UnsupportedReason }
  | { readonly kind: 'failed'; readonly reason: FailedReason }

/**
 * Asks for the registration of a registrable name (an A-label name, ICANN section of the Public Suffix List).
 * Expected failures are values; a rejection is a bug, or the signal.
 */
export type Lookup = (registrable: string, signal: AbortSignal) => Promise<Registration>

/** A layer answers, or asks the next one and makes use of what it says. */
export type Layer = (next: Lookup) => Lookup
