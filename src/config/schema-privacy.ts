/** The settings of what leaves the machine, and of what is kept of people. */
import { z } from 'zod'
import { nameCharsMax } from '../limits.js'
import { choice, setting, whole } from './values.js'

/** A zone as an administrator writes it: `corp.example.com`, perhaps with a dot behind. */
const zones = {
  schema: z.array(
    z
      .string()
      .max(nameCharsMax)
      .regex(/^(\*\.|\.)?[^\s\p{C}*.,;:/]+(\.[^\s\p{C}*.,;:/]+)*\.?$/u, 'is not a zone'),
  ),
  values: 'a list of zones like corp.example.com',
}

export const clientsShape = {
  record: setting(
    choice('full', 'prefix', 'none'),
    'full',
    'What is written and kept of who asked: address and port, the network alone (/24 of IPv4, /64 of IPv6), or nothing.',
  ),
  keep_days: setting(
    whole(1, 3_650, 'days'),
    30,
    'How long the addresses of clients are kept in the store, as in records that wait for their registry; the log itself has keep.',
  ),
}

const clients = {
  schema: z.strictObject(clientsShape).readonly(),
  values: 'a mapping with record and keep_days',
}

export const privacyShape = {
  internal_zones: setting(
    zones,
    [],
    'Zones of your own: names at or below them are never asked about, never written down and never exported.',
  ),
  clients: setting(
    clients,
    clients.schema.parse({}),
    'What is written and kept of the addresses of clients.',
  ),
}
