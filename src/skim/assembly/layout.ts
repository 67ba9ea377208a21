/**
 * The fixed addresses of all buffers and tables in WebAssembly memory. There is no allocator, and memory never grows
 * once JavaScript has views of it, which growing would detach. The OS provides a page only when it is written to.
 * docs/skim.md has a drawing.
 */
import {
  chunkBytes,
  clientPairsMax,
  dedupTransactionsMax,
  halfLineBytesMax,
  queryCharsMax,
  skimColumnsMax,
  statementsMax,
  statementTtlsMax,
  suppressedBytesMax,
  suppressedNamesMax,
  tailBytesMax,
  ttlsPerLineMax,
} from '../../limits'

/** SIMD loads whole blocks: they reach past the end of a line or a name by less than this. */
export const slack: usize = 128

/** Address 0 holds no quote: a mark that points there ends every walk. */
export const nowhere: usize = 0

/** 32 bytes of 0xff, then 32 of 0: a load from here gives the mask that clears what stands behind a name. */
export const tailMasks: usize = 0x400

/** Where the fields of the current TSV line end: a u32 each, and one before the first. */
export const fieldEnds: usize = 0x800
export const fieldsMax: usize = skimColumnsMax

/** Counts since JavaScript last collected them: a u32 each. See counters.ts. */
export const counters: usize = 0xc00
export const countersCount: u32 = 64

/** JavaScript writes a name here before a call, and to `flowText` a flow that is no number. */
export const scratch: usize = 0x1000
export const scratchBytes: u32 = 0x2000
export const flowText: usize = scratch + scratchBytes + slack
export const flowTextBytes: u32 = 0x1000

/** Addresses of quotes, backslashes and control bytes in the current line: u32 each. The last one is `nowhere`. */
export const marks: usize = 0x10000
export const marksMax: usize = 4096

/*
 * Suppressed names, in two generations (see names.ts). Each holds 64 bytes with the count of names and the offset of the
 * next one, then the slots of a hash table, the entries, and the bytes of the names.
 */
export const slots: u32 = 2 * suppressedNamesMax
/** Shifts a hash of 32 bits to a slot number. */
export const slotShift: u32 = 15
const entryBytes: usize = 64
const generations: usize = (marks + (marksMax + 1) * 4 + 63) & ~63
export const slotsAt: usize = 64
export const entriesAt: usize = slotsAt + <usize>slots * 8
export const namesAt: usize = entriesAt + (<usize>suppressedNamesMax + 1) * entryBytes
const generationBytes: usize =
  (namesAt + <usize>suppressedBytesMax + <usize>queryCharsMax + slack + 63) & ~63
export const firstGeneration: usize = generations
export const secondGeneration: usize = generations + generationBytes

/** Addresses of the entries counted in this batch: a u32 each, with room for both generations. */
export const touched: usize = secondGeneration + generationBytes
const touchedBytes: usize = 8 * (<usize>suppressedNamesMax + 1)

/** The last transactions of Suricata, and the heads of their hash chains. See ring.ts. */
export const ring: usize = (touched + touchedBytes + 63) & ~63
export const transactionBytes: usize = 64
export const ringPlaces: u32 = 32_768
export const placeShift: u32 = 17
export const latest: usize = ring + <usize>dedupTransactionsMax * transactionBytes
export const latestByMessage: usize = latest + <usize>ringPlaces * 8

/** For passive DNS: the TTLs of the current line, a u32 each. */
export const lineTtls: usize = latestByMessage + <usize>ringPlaces * 8

/** What lines said for passive DNS: a hash table that is never more than half full, and the TTLs of its answers. */
export const statements: usize = (lineTtls + <usize>ttlsPerLineMax * 4 + 63) & ~63
export const statementBytes: usize = 64
export const statementPlaces: u32 = 2 * statementsMax
/** Shifts a hash of 64 bits to a place of the table. */
export const statementShift: u32 = 47
export const ttlRows: usize = statements + <usize>statementPlaces * statementBytes
export const ttlRowBytes: usize = 12

/** Addresses of the statements counted in this batch: a u32 each. */
export const touchedStatements: usize = ttlRows + <usize>statementTtlsMax * ttlRowBytes

/** Pairs of a name and a client that were counted: a hash table that is never more than half full. See clients.ts. */
export const clientPairs: usize = (touchedStatements + <usize>statementsMax * 4 + 63) & ~63
export const clientPairPlaces: u32 = 2 * clientPairsMax
/** Shifts a hash of 64 bits to a place of the table. */
export const clientPairShift: u32 = 47

/** A double buffer that one file is read into, and a stage that other lines (archives, pipes) are copied to. */
export const rooms: usize = (clientPairs + (<usize>clientPairPlaces << 3) + 63) & ~63
export const roomBytes: usize =
  ((<usize>chunkBytes + <usize>halfLineBytesMax + <usize>tailBytesMax + 1 + slack) & ~63) + 64
export const stage: usize = rooms + 2 * roomBytes

/** The last 4 KB stay zero: a NUL is a control byte and stops a JSON walk that overruns its line. */
export const end: usize = stage + roomBytes + 4096
