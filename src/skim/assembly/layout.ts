/**
 * Where things lie in memory. All of it is fixed: there is no allocator and no garbage collector, and memory never grows
 * once JavaScript has its views of it (they would become empty). A page that nothing was written to takes no memory of
 * the machine. docs/skim.md has a drawing.
 */
import {
  chunkBytes,
  dedupTransactionsMax,
  halfLineBytesMax,
  queryCharsMax,
  skimColumnsMax,
  suppressedBytesMax,
  suppressedNamesMax,
  tailBytesMax,
} from '../../limits'

/** Blocks of SIMD are read beyond the end of what is looked at, by less than this. */
export const slack: usize = 128

/** A byte that is no quote, so that a mark at address 0 ends every walk. */
export const nowhere: usize = 0

/** 32 bytes of 0xff, then 32 of 0: what a name's last bytes are masked with. */
export const tailMasks: usize = 0x400

/** Where the fields of the present TSV line end: one u32 each, and one before the first. */
export const fieldEnds: usize = 0x800
export const fieldsMax: usize = skimColumnsMax

/** What was counted since it was last collected: a u32 each. See counters.ts. */
export const counters: usize = 0xc00
export const countersCount: u32 = 64

/** Where JavaScript writes a name that it asks for, and the text of a flow. */
export const scratch: usize = 0x1000
export const scratchBytes: u32 = 0x2000
export const flowText: usize = scratch + scratchBytes + slack
export const flowTextBytes: u32 = 0x1000

/** Places of quotes, backslashes and control bytes in the present line: u32 each. The last one is `nowhere`. */
export const marks: usize = 0x10000
export const marksMax: usize = 4096

/*
 * Suppressed names, two generations. Each has: how many there are and where the bytes of the next name go (64 bytes), the
 * slots of a hash table, the entries, and the names one behind the other.
 */
export const slots: u32 = 2 * suppressedNamesMax
/** So many of 32 bits are too many for a slot. */
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

/** The entries that were counted in the present batch: u32 each, as many as both generations have. */
export const touched: usize = secondGeneration + generationBytes
const touchedBytes: usize = 8 * (<usize>suppressedNamesMax + 1)

/** The last transactions of Suricata, and where the chains of those begin that fall to one place. See ring.ts. */
export const ring: usize = (touched + touchedBytes + 63) & ~63
export const transactionBytes: usize = 64
export const ringPlaces: u32 = 32_768
export const placeShift: u32 = 17
export const latest: usize = ring + <usize>dedupTransactionsMax * transactionBytes
export const latestByMessage: usize = latest + <usize>ringPlaces * 8

/** Room for passive DNS: a table of tuples (rrname, rrtype, rdata), and hashes of clients. Nothing touches it yet. */
export const tuples: usize = latestByMessage + <usize>ringPlaces * 8
export const tuplesMax: usize = 1 << 18
export const clients: usize = tuples + tuplesMax * 64
export const clientsBytes: usize = 1 << 20

/** Two rooms that files are read into by turns, and one for what comes from elsewhere. */
export const rooms: usize = clients + clientsBytes
export const roomBytes: usize =
  ((<usize>chunkBytes + <usize>halfLineBytesMax + <usize>tailBytesMax + 1 + slack) & ~63) + 64
export const stage: usize = rooms + 2 * roomBytes

/** Nothing is ever written behind that: NULs end each walk that goes astray. */
export const end: usize = stage + roomBytes + 4096
