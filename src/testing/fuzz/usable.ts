/** The property of each piece of an imported list: it is a row that store and log can hold, or a printable reason. */
import { isHostname } from '../../names/hostname.js'
import { mergeRow } from '../../transfer/import.js'
import type { Piece } from '../../transfer/row.js'
import { options } from '../../transfer/testing/load.js'
import { must } from './target.js'
import { mustBeWritable, now } from './written.js'

export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** Throws unless the piece is a row that store and log can hold, or a printable reason. */
export const mustBeUsable = (piece: Piece): void => {
  must(!unprintable.test(String(piece.at)), 'a place that forges a line')
  if ('refused' in piece)
    must(piece.refused !== '' && !unprintable.test(piece.refused), 'a reason that forges a line')
  if (!('row' in piece)) return
  const { row } = piece
  must(isHostname(row.domain), `a domain that is none: ${row.domain}`)
  const domain = mergeRow(row, undefined, options, now)
  const registration = domain.known?.registration
  mustBeWritable(domain.firstSeen, 'the first contact')
  mustBeWritable(domain.lastSeen, 'the last one')
  if (registration?.kind !== 'registered') return
  mustBeWritable(registration.registered, 'the registration')
  mustBeWritable(registration.expires, 'the expiry')
}
