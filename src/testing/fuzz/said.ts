/** What holds of every piece of a list: a row that the store can keep and the log can write, or a reason. */
import type { Piece } from '../../data/row.js'
import { take } from '../../data/take.js'
import { options } from '../../data/testing/load.js'
import { isHostname } from '../../reduce/hostname.js'
import { must } from './target.js'
import { mustBeWritable, now } from './written.js'

export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** A row that the store can keep and the log can write, or a reason in a few words. */
export const mustBeSaid = (piece: Piece): void => {
  must(!unprintable.test(String(piece.at)), 'a place that forges a line')
  if ('refused' in piece)
    must(piece.refused !== '' && !unprintable.test(piece.refused), 'a reason that forges a line')
  if (!('row' in piece)) return
  const { row } = piece
  must(isHostname(row.domain), `a domain that is none: ${row.domain}`)
  const domain = take(row, undefined, options, now)
  const registration = domain.known?.registration
  mustBeWritable(domain.firstSeen, 'the first contact')
  mustBeWritable(domain.lastSeen, 'the last one')
  if (registration?.kind !== 'registered') return
  mustBeWritable(registration.registered, 'the registration')
  mustBeWritable(registration.expires, 'the expiry')
}
