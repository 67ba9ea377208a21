/** The settings of passive DNS. */
import * as z from 'zod'
import { readRange } from '../names/network.js'
import { flag, optional, setting, whole } from './kinds.js'

const uri = {
  schema: z
    .string()
    .max(255)
    .regex(/^[a-z][a-z0-9+.-]*:[!-~]+$/i, 'is no URI like https://sensor1.example.com/'),
  values: 'a URI',
}

const addresses = {
  schema: z.array(
    z
      .string()
      .max(100)
      .refine(text => typeof readRange(text) === 'object', 'is no address, network or range'),
  ),
  values: 'a list of addresses, networks like 192.0.2.0/24 and ranges like 192.0.2.1-192.0.2.9',
}

export const pdnsShape = {
  enabled: setting(
    flag,
    true,
    'Whether `run`, and `scan` with --data, keep the answers in the logs: which name had which record, and when.',
  ),
  rows_max: setting(
    whole(1_000, 1_000_000_000, 'names and records'),
    20_000_000,
    'Names and records that are kept; beyond it, those seen once are dropped, the longest ago first.',
  ),
  keep_days: setting(
    whole(1, 36_500, 'days'),
    730,
    'A record that is not seen again is forgotten after so many days, counted to the latest event in the logs.',
  ),
  new_answer_days: optional(
    whole(1, 3_650, 'days'),
    'Raises NEW-ANSWER when an established domain, whose answers are noted for so many days, resolves into a network that none of them lay in. Without it, never.',
  ),
  circl: setting(
    flag,
    false,
    'Whether the HTTP port has the paths of CIRCL and D4, too: /query/, /fquery/ and /info.',
  ),
  origin: optional(
    uri,
    'The URI that says whose passive DNS it is: origin in rows over HTTP. Without it, a URN of this database, as in exports.',
  ),
  parking: setting(
    addresses,
    [],
    'Addresses at which names are parked, blocked or sinkholed, as you know them; pdns parked shows names with one of these, too.',
  ),
}

export const pdns = {
  schema: z.strictObject(pdnsShape).readonly(),
  values: 'a mapping with enabled, rows_max, keep_days, new_answer_days, circl, origin or parking',
}
