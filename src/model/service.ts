/** Public services that say nothing by themselves, and much together or on a server: see names/services.ts. */

export const serviceKinds = [
  /** Says the address that a client has on the internet, often with its country. Malware asks early where it is. */
  'ip-check',
  /** A list of senders of spam, asked over DNS. Malware that sends mail looks whether its victim is listed. */
  'dnsbl',
  /** A resolver over HTTPS or TLS: the names that are asked there are not in the site's logs. */
  'doh',
  /** Names that anybody gets for an address that changes. */
  'dyndns',
  /** Makes a port of a machine behind the firewall reachable from the internet. */
  'tunnel',
  /** Takes a file from anybody, and gives it to anybody with the link. */
  'file-drop',
  /** The same for text: programs are loaded from there, and configurations of malware. */
  'paste',
] as const

export type ServiceKind = (typeof serviceKinds)[number]
