/** Finds the columns of a table with names and dates: by the header, or by their contents. */
import { readListDate } from './list.js'
import { contactedName } from './row.js'

/** Column numbers, from 0. */
export interface ListColumns {
  /** -1 is the last one. */
  readonly domain: number
  readonly created: number | undefined
  readonly expires: number | undefined
}

/** Names of columns, letters and digits only. If a table has several of them, the earlier one in this list counts. */
const known = {
  // Majestic, DomCop, Tranco, Cloudflare Radar; WhoisXML, WhoisFreaks; DNS logs; Chrome UX Report; Cisco Umbrella
  domain: [
    ...[
      'domain',
      'domainname',
      'registereddomain',
      'registrabledomain',
      'rootdomain',
      'apexdomain',
      'topdomain',
    ],
    ...['fqdn', 'hostname', 'host', 'site', 'website', 'origin', 'url', 'destination', 'query', 'name'],
  ],
  // Not `created_at`: often the time at which the row was made.
  created: [
    ...['standardregcreateddate', 'created', 'createddate', 'createdate', 'creationdate', 'createdon'],
    ...[
      'domaincreated',
      'domaincreateddate',
      'registered',
      'registereddate',
      'registeredon',
      'registrationdate',
    ],
    ...['registrationtime', 'regdate', 'seenbyweb'],
  ],
  expires: [
    ...['standardregexpiresdate', 'expires', 'expiresdate', 'expiredate', 'expirydate', 'expirationdate'],
    ...[
      'registryexpirydate',
      'registrarregistrationexpirationdate',
      'expirationtime',
      'expiry',
      'expiration',
    ],
    ...['expireson', 'paidtill', 'validuntil'],
  ],
} as const

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

export interface ListTable {
  readonly columns: ListColumns
  /** The first record, if it names the columns. */
  readonly header: readonly string[] | undefined
}

const isName = (cell: string): boolean => !/[\s,;|]/.test(cell) && typeof contactedName(cell) !== 'string'

/** The column with the most names. */
const columnOfNames = (records: readonly (readonly string[])[]): number | undefined => {
  const counts: number[] = []
  for (const cells of records)
    for (const [at, cell] of cells.entries()) if (isName(cell)) counts[at] = (counts[at] ?? 0) + 1
  const most = counts.reduce((a, b) => Math.max(a, b), 0)
  return most === 0 ? undefined : counts.indexOf(most)
}

const fromHeader = (
  header: readonly string[],
  records: readonly (readonly string[])[],
): ListTable | undefined => {
  if (header.some(isName)) return undefined
  const names = header.map(plain)
  const place = (wanted: readonly string[]) => wanted.map(name => names.indexOf(name)).find(at => at !== -1)
  const [named, created, expires] = [place(known.domain), place(known.created), place(known.expires)]
  if (named === undefined && created === undefined) return undefined
  const domain = named ?? columnOfNames(records)
  return domain === undefined ? undefined : { header, columns: { domain, created, expires } }
}

/**
 * Finds the columns by the first records; undefined where no column holds names. Without a header, dates are read only
 * from `domain,created,expires`: another date could mean anything.
 */
export const tableOf = (records: readonly (readonly string[])[]): ListTable | undefined => {
  const [first = [], ...others] = records
  const table = fromHeader(first, others)
  if (table) return table
  const domain = columnOfNames(records)
  if (domain === undefined) return undefined
  const isDated = domain === 0 && records.some(([, created = '']) => readListDate(created) !== undefined)
  return { header: undefined, columns: isDated ? datedColumns : { ...nameColumn, domain } }
}

/** The defaults: `domain,created,expires`; for names without dates the last column. */
export const datedColumns: ListColumns = { domain: 0, created: 1, expires: 2 }
export const nameColumn: ListColumns = { domain: -1, created: undefined, expires: undefined }
