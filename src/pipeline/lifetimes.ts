/** How long an answer of a registry may be believed. Pure. */
import type { Registration } from '../registration.js'
import { dayMs } from '../verdict.js'

/** A registration without an expiry date, or past it: asked again after that. */
const undatedKeptMs = 30 * dayMs
/** Attackers register minutes before use: `not registered` does not stay true for long. */
const absentKeptMs = 60 * 60 * 1000
/** No service for the TLD, or no date in its answers: until a later bootstrap may say otherwise. */
const unsupportedKeptMs = dayMs
/** A failure is no answer: asked again soon, and ever later while it goes on failing, up to an hour. */
const failedKeptMs = 10_000
const failedKeptMsMax = 60 * 60 * 1000
/** Behind its expiry date a domain is in its grace period: renewed, or soon gone. */
const graceKeptMs = dayMs

export interface Retry {
  /** How many look-ups have failed in a row, this one included. */
  readonly failures: number
  /** The site's bound on the time between two tries; never shorter than the first of them. */
  readonly keptMsMax: number
  /** 0 to 1: spreads the retries of many names that failed together. */
  readonly random: number
}

/** Epoch ms until which the answer is not asked for again. */
export const freshUntil = (registration: Registration, now: number, retry: Retry): number => {
  switch (registration.kind) {
    case 'registered':
      return Math.max(registration.expires ?? now + undatedKeptMs, now + graceKeptMs)
    case 'absent':
      return now + absentKeptMs
    case 'unsupported':
      return now + unsupportedKeptMs
    case 'failed':
      return now + backOffMs(retry)
  }
}

const backOffMs = ({ failures, keptMsMax, random }: Retry): number => {
  const longest = Math.max(Math.min(keptMsMax, failedKeptMsMax), failedKeptMs)
  return Math.min(failedKeptMs * 2 ** (failures - 1), longest) * (0.5 + random / 2)
}
