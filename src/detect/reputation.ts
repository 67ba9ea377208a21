/**
 * Services that get data in names by design: what a client asks about is written into the name, and the answer says what is
 * known of it. By their names alone they cannot be told from a tunnel.
 */

/** Their registered domains. Whoever adds one names the page of the vendor, or of a detector that excludes it. */
const domains: ReadonlySet<string> = new Set([
  // Sophos Extensible List: checksums and URLs, asked for with TXT (Plixer FlowPro, "Trusted Domain List").
  'sophosxl.net',
  'sophosxl.com',
  // McAfee, now Trellix, Global Threat Intelligence: avqs.mcafee.com and avts.mcafee.com (the same page).
  'mcafee.com',
  // ESET LiveGrid: avcloud.e5.sk, dnsj.e5.sk (ESET knowledge base KB332).
  'e5.sk',
  // Team Cymru: digests of malware and numbers of networks (https://hash.cymru.com, "DNS").
  'cymru.com',
])

export const isReputation = ({ registrable }: { readonly registrable: string }): boolean =>
  domains.has(registrable)
