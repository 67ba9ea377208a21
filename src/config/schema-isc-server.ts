/** The settings of the ISC server. */
import * as z from 'zod'
import { number, optional, path, setting, whole } from './kinds.js'
import { iscPerMinuteMax } from '../limits.js'
import { listen } from './schema-http.js'

/** In quotes: YAML reads 1.10 as the number 1.1. */
const version = {
  schema: z.string().regex(/^\d{1,9}\.\d{1,9}$/, 'is no version'),
  values: 'a version in quotes, such as "1.2"',
}

const suffixes = {
  schema: z
    .array(
      z
        .string()
        .max(254)
        .regex(/^\.?[^\s\p{C}*.,;:/]+(\.[^\s\p{C}*.,;:/]+)*$/u, 'is no TLD and no domain'),
    )
    .max(10_000),
  values: 'a list like .local, arpa, corp.example.com',
}

export const iscServerShape = {
  listen: setting(listen, '127.0.0.1:5731', 'Where the server listens.'),
  certificate: optional(
    path('the path of a PEM file'),
    'The certificate with its chain, for HTTPS; read again at SIGHUP.',
  ),
  key: optional(path('the path of a PEM file'), 'The key of the certificate.'),
  lists: optional(
    path('the path of a folder'),
    'A folder with MAJOR/MINOR.txt and SHA256SUMS, served below /lists/ to clients that need newer registrations.',
  ),
  min_software_version: setting(version, '0.0', 'The oldest software that clients may have; others stop.'),
  min_database_version: setting(
    version,
    '0.0',
    'The oldest list of registrations that clients may have; others load newer ones.',
  ),
  prohibited_tlds: setting(
    suffixes,
    ['.local', '.arpa', '.internal', '.lan', '.home', '.localdomain', '.localhost', '.onion', '.test'],
    'TLDs and domains about which clients do not ask.',
  ),
  interval_minutes: setting(whole(1, 1_440, 'minutes'), 60, 'How often clients send their STATUS.'),
  per_minute: setting(
    whole(1, iscPerMinuteMax, 'commands'),
    600,
    'Commands of one client in a minute, unless isc-client add says another number.',
  ),
  first_contact_clients: setting(
    whole(1, 1_000, 'clients'),
    1,
    'So many clients are told ISC-FIRST-CONTACT of a domain; above 1, none learns whether a certain other one asked.',
  ),
  wait_seconds: setting(
    number(0, 60, 'seconds'),
    4,
    'How long a QUERY waits for a registry; a sensor of ours waits 5 seconds for the server.',
  ),
}

export const iscServer = {
  schema: z
    .strictObject(iscServerShape)
    .refine(
      ({ certificate, key }) => (certificate === undefined) === (key === undefined),
      'has a certificate without a key, or a key without a certificate',
    )
    .readonly(),
  values: `a mapping with ${Object.keys(iscServerShape).join(', ')}`,
}
