/** The settings of sinks of type `syslog`. */
import * as z from 'zod'
import { choice, optional, path, required, setting } from '../kinds.js'
import { checkCertificate } from './tls.js'

/**
 * The facilities of RFC 5424 6.2.1, table 1, by their names in syslog.conf. Those reserved for the system (kern, auth, the
 * clock) are left out.
 */
const facilityNumbers = {
  ...{ user: 1, daemon: 3, syslog: 5 },
  ...{ local0: 16, local1: 17, local2: 18, local3: 19, local4: 20, local5: 21, local6: 22, local7: 23 },
}

type Facility = keyof typeof facilityNumbers

export const facilityNumber = (facility: Facility): number => facilityNumbers[facility]

/** The address of a sink, from its setting `to`. */
export type SinkAddress =
  | { readonly scheme: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly scheme: 'unix'; readonly path: string }

/** Parses `udp://10.0.0.1:514`, `tls://[2001:db8::1]:6514` or `unix:///run/siem.sock`; undefined if invalid. */
export const readSinkAddress = (text: string): SinkAddress | undefined => {
  const [, path] = /^unix:\/\/(\/\P{Cc}+)$/u.exec(text) ?? []
  if (path !== undefined) return { scheme: 'unix', path }
  const [, scheme, host = '', port = ''] =
    /^(udp|tcp|tls):\/\/(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*):([1-9]\d{0,4})$/i.exec(text) ?? []
  if (scheme !== 'udp' && scheme !== 'tcp' && scheme !== 'tls') return undefined
  return Number(port) > 65_535
    ? undefined
    : { scheme, host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

const addresses =
  'an address like udp://10.0.0.1:514, tcp://siem.example:601, tls://siem.example:6514 or unix:///run/siem.sock'

/** Size of `sun_path` of Linux, including its final NUL: unix(7). */
export const socketPathBytes = 108

const address = {
  schema: z
    .string()
    .max(4096)
    .refine(text => readSinkAddress(text) !== undefined, 'is not such an address')
    .refine(
      text => {
        const found = readSinkAddress(text)
        return found?.scheme !== 'unix' || Buffer.byteLength(found.path) < socketPathBytes
      },
      `is longer than the path of a socket may be (${socketPathBytes - 1} bytes)`,
    ),
  values: addresses,
}

/** RFC 5424 6: printable ASCII without blanks. */
const headerWord = (charsMax: number) => ({
  schema: z
    .string()
    .max(charsMax)
    .regex(/^[!-~]+$/, 'holds a blank, or a character that is not plain ASCII'),
  values: `a word of at most ${charsMax} ASCII characters`,
})

export const syslogShape = {
  to: required(
    address,
    'Where records are sent: over UDP, over TCP or a Unix stream socket with counted octets (RFC 6587), or over TLS (RFC 5425).',
  ),
  facility: setting(
    choice(
      'user',
      'daemon',
      'syslog',
      ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
    ),
    'daemon',
    'The facility of the messages; their severity is warning with alerts, else informational.',
  ),
  app_name: setting(headerWord(48), 'domainstats', 'The name of the program in the messages.'),
  hostname: optional(headerWord(255), 'The name of this machine in the messages, instead of its own.'),
  ca_file: optional(
    path('the path of a PEM file'),
    'Of tls: the certificate of the authority that the receiver is trusted by, instead of those of Node.',
  ),
  cert_file: optional(path('the path of a PEM file'), 'Of tls: the certificate that we show the receiver.'),
  key_file: optional(path('the path of a PEM file'), 'Of tls: the key of that certificate.'),
}

type Given = z.output<z.ZodObject<typeof syslogShape>>

/** Certificates need TLS, and a certificate of ours needs its key. */
export const checkSyslog = ({ to, ca_file, cert_file, key_file }: Given, context: z.RefinementCtx): void => {
  const isTls = to.startsWith('tls:')
  for (const [key, input] of Object.entries({ ca_file, cert_file, key_file }))
    if (input !== undefined && !isTls)
      context.addIssue({ code: 'custom', path: [key], input, message: 'needs tls://… in to' })
  checkCertificate({ cert_file, key_file }, context)
}
