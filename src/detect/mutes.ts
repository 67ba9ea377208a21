/**
 * The mutes of a site in memory. A record loses the alerts that one of them covers; all else about it stays as it is: the
 * first contact is used up, its name is suppressed for its window, and `emit` decides by what is left.
 */
import { alertName, type Facts } from '../model/record.js'
import type { Mute, ClientNetwork } from '../model/mute.js'
import { suffixesOf, toALabels } from '../names/hostname.js'
import { unmappedAddress } from '../names/address.js'
import { commonBits } from '../names/tag-value.js'

/** The question whose alerts are looked at. */
export type MutedFacts = Pick<Facts, 'query'> & Partial<Pick<Facts, 'origHost'>>

/** What mutes leave of the alerts of a record. */
export interface Unmuted {
  readonly alerts: readonly string[]
  /** The numbers of the mutes that took one; undefined if none did. */
  readonly muted: readonly number[] | undefined
}

/** The key of mutes that name no domain. */
const anyDomain = ''

const holds = ({ from, bits }: ClientNetwork, address: Buffer): boolean =>
  from.length === address.length && commonBits(from, address) >= bits

export class MuteTable {
  readonly #byDomain = new Map<string, Mute[]>()

  constructor(mutes: Iterable<Mute> = []) {
    for (const mute of mutes) {
      const key = mute.domain ?? anyDomain
      const others = this.#byDomain.get(key)
      if (others) others.push(mute)
      else this.#byDomain.set(key, [mute])
    }
  }

  /**
   * The alerts that are not muted. Looked at only for a record that has some.
   *
   * @param alerts names, or `NAME:text`
   * @param now epoch ms: a mute ends by the clock
   */
  without(alerts: readonly string[], facts: MutedFacts, now: number): Unmuted {
    if (this.#byDomain.size === 0 || alerts.length === 0) return { alerts, muted: undefined }
    const covering = this.#covering(facts, now)
    if (covering.length === 0) return { alerts, muted: undefined }
    const muted = new Set<number>()
    const left = alerts.filter(text => {
      const name = alertName(text)
      const by = covering.find(({ alert }) => alert === undefined || alert === name)
      if (by) muted.add(by.number)
      return by === undefined
    })
    return { alerts: left, muted: muted.size > 0 ? [...muted] : undefined }
  }

  /** The mutes whose domain and client are those of a question, the narrowest domain first. */
  #covering({ query, origHost }: MutedFacts, now: number): readonly Mute[] {
    // RFC 4007 11: the zone behind an address names an interface.
    const client = origHost === undefined ? undefined : unmappedAddress(origHost.replace(/%.*$/s, ''))
    const names = [...suffixesOf(toALabels(query)), anyDomain]
    return names.flatMap(name =>
      (this.#byDomain.get(name) ?? []).filter(
        mute => mute.until > now && (!mute.client || (client !== undefined && holds(mute.client, client))),
      ),
    )
  }
}

export const noMutes = new MuteTable()

/** Adds to the hits of mutes, by their number. */
export const addHits = (hits: Map<number, number>, muted: readonly number[] | undefined): void => {
  for (const number of muted ?? []) hits.set(number, (hits.get(number) ?? 0) + 1)
}
