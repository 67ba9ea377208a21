/** Skims Suricata's eve.json: counts DNS records and alerts with one question, and skips records of other types. */
import { ensure, fits, mark, newlineFrom, newlineWithout, restart } from './blocks'
import { areCounted, sayClient } from './clients'
import { countName, isLocalPort, Line } from './count'
import { Counter, countOne } from './counters'
import { countIn, wholeIn } from './digits'
import {
  dnsAnswered,
  dnsHasAnswer,
  dnsId,
  dnsIsFromServer,
  dnsIsResponse,
  dnsNameAt,
  dnsNameEnd,
  skimDns,
} from './eve-dns'
import { first, hasMore, isObject, isPlainText, markBehind, objectEnd, passValue, valueBehind } from './json'
import { asked } from './ring'
import { isKept, sayAsker } from './statements'
import { isoIn } from './time'
import { counters } from './layout'

const quote: u8 = 0x22
const newline: u8 = 0x0a
const closeBrace: u8 = 0x7d

/** Keys read so far. A record with a key twice goes to the full parse. */
const enum Seen {
  Type = 1,
  Time = 2,
  Flow = 4,
  SrcPort = 8,
  DestPort = 16,
  /** With these and a whole question the rest of the line is not read, except its last brace. */
  Enough = 31,
  Dns = 32,
  /** Needed besides where clients are counted, or passive DNS is kept: one of them is the client. */
  SrcHost = 64,
  DestHost = 128,
}

/** Event types whose records are parsed in full, besides DNS: their names as numbers of up to eight letters, 0 for none. */
let wanted0: u64 = 0
let wanted1: u64 = 0
let wanted2: u64 = 0
let wanted3: u64 = 0

export function useSources(a: u64, b: u64, c: u64, d: u64): void {
  wanted0 = a
  wanted1 = b
  wanted2 = c
  wanted3 = d
}

@inline
function isWanted(name: u64): bool {
  return name == wanted0 || name == wanted1 || name == wanted2 || name == wanted3
}

/** Counts the line whose record begins at `at`. @returns the start of the next line; 0 if it needs a full parse */
@inline
export function skimEve(line: usize, at: usize): usize {
  if (!isObject(at)) return 0
  restart(at)
  let i: usize = 0
  let seen: u32 = 0
  let timeAt: usize = 0
  let timeEnd: usize = 0
  let flowAt: usize = 0
  let flowEnd: usize = 0
  let srcAt: usize = 0
  let srcEnd: usize = 2
  let destAt: usize = 0
  let destEnd: usize = 2
  let srcPort: i32 = -1
  let destPort: i32 = -1
  const enough: u32 = isKept || areCounted ? Seen.Enough | Seen.SrcHost | Seen.DestHost : Seen.Enough
  let isAlert = false
  let end: usize = 0
  while (true) {
    if (!ensure(i)) return 0
    const keyAt = mark(i) + 1
    const keyEnd = mark(i + 1)
    if (load<u8>(keyAt - 1) != quote) return 0
    const value = valueBehind(keyEnd)
    if (value == 0) return 0
    const key = load<u64>(keyAt)
    const length = <u32>(keyEnd - keyAt)
    let behind: usize
    if (length == 3 && first(key, 3) == word('dns')) {
      if ((seen & Seen.Dns) != 0) return 0
      seen |= Seen.Dns
      const isLast = (seen & enough) == enough
      behind = skimDns(value, i + 2, isLast)
      if (behind == 0) return 0
      if (isLast) {
        end = newlineFrom(behind)
        if (load<u8>(end - 1) != closeBrace) return 0
        break
      }
    } else {
      behind = passValue(value, i + 2)
      if (behind == 0) return 0
      let bit: u32 = 0
      switch (length) {
        case 6:
          if (first(key, 6) == word('src_ip')) {
            if (areCounted && !isPlainText(value)) return 0
            bit = Seen.SrcHost
            srcAt = value
            srcEnd = behind
          }
          break
        case 7:
          if (first(key, 7) == word('flow_id')) {
            bit = Seen.Flow
            flowAt = value
            flowEnd = behind
          } else if (first(key, 7) == word('dest_ip')) {
            if (areCounted && !isPlainText(value)) return 0
            bit = Seen.DestHost
            destAt = value
            destEnd = behind
          }
          break
        case 8:
          if (key == word('src_port')) bit = Seen.SrcPort
          break
        case 9:
          if (key == word('timestam') && load<u8>(keyAt, 8) == 0x70) {
            if (load<u8>(value) != quote) return 0
            bit = Seen.Time
            timeAt = value + 1
            timeEnd = behind - 1
          } else if (key == word('dest_por') && load<u8>(keyAt, 8) == 0x74) bit = Seen.DestPort
          break
        case 10:
          if (key == word('event_ty') && load<u16>(keyAt, 8) == <u16>word('pe')) {
            if (!isPlainText(value)) return 0
            bit = Seen.Type
            const isDns = behind - value == 5 && first(load<u64>(value), 5) == word('"dns"')
            if (!isDns) {
              isAlert = behind - value == 7 && first(load<u64>(value), 7) == word('"alert"')
              if (!isAlert) return skimOther(line, value, behind)
              // An alert may hold a DNS record: look for its key before the line is skipped.
              end = (seen & Seen.Dns) != 0 ? 0 : newlineWithout(behind, <u32>word('dns'))
              if (end != 0) return skipOther(line, end, Counter.NotDns)
            }
          }
          break
      }
      if (bit != 0) {
        if ((seen & bit) != 0) return 0
        seen |= bit
        if ((bit & (Seen.SrcPort | Seen.DestPort)) != 0) {
          const port = countIn(value, behind)
          if (port < 0 || isLocalPort(port)) return 0
          if (bit == Seen.SrcPort) srcPort = port
          else destPort = port
        }
      }
    }
    if (!hasMore(behind)) {
      end = objectEnd(behind)
      if (end == 0 || load<u8>(end) != newline) return 0
      break
    }
    i = markBehind
  }
  if (isAlert && (seen & Seen.Dns) == 0) return skipOther(line, end, Counter.NotDns)
  const needed = Seen.Type | Seen.Time | Seen.Dns
  if ((seen & needed) != needed || !fits(line, end)) return 0
  const ts = isoIn(timeAt, timeEnd)
  if (isNaN(ts)) return 0
  let flow: i64 = -1
  if ((seen & Seen.Flow) != 0) {
    flow = wholeIn(flowAt, flowEnd)
    if (flow < 0) return 0
  }
  // As endpointsOf in parse/suricata.ts.
  const isFromServer = (srcPort == 53) != (destPort == 53) ? srcPort == 53 : dnsIsFromServer
  if (isKept) {
    // An answer of version 1 may be for another name than its question, and adds to what its other lines say.
    if (dnsAnswered || (dnsHasAnswer && !isAlert)) return 0
    if (isFromServer) sayAsker(destAt, destEnd)
    else sayAsker(srcAt, srcEnd)
  }
  if (areCounted) {
    // Without their quotes.
    if (isFromServer) sayClient(destAt + 1, destEnd - 1)
    else sayClient(srcAt + 1, srcEnd - 1)
  }
  const kind = (dnsIsResponse ? Line.Response : 0) | (isAlert ? Line.Alert : 0)
  if (!countName(dnsNameAt, dnsNameEnd, ts, flow, dnsId, dnsAnswered ? ts : asked, kind)) return 0
  if (dnsIsResponse) store<u32>(counters + (Counter.Responses << 2), 1)
  return end + 1
}

/** Skips a record that is neither DNS nor an alert without reading the rest of it. */
function skimOther(line: usize, type: usize, behind: usize): usize {
  const length = behind - type
  const word1 = load<u64>(type)
  // Without its quotes.
  const letters = length - 2
  if (letters <= 8 && isWanted(first(load<u64>(type, 1), letters))) return 0
  const isLocal =
    (length == 6 && first(word1, 6) == word('"mdns"')) || (length == 7 && first(word1, 7) == word('"llmnr"'))
  return skipOther(line, newlineFrom(behind), isLocal ? Counter.NotUnicastDns : Counter.NotDns)
}

@inline
function skipOther(line: usize, end: usize, why: u32): usize {
  if (load<u8>(end - 1) != closeBrace || !fits(line, end)) return 0
  countOne(why)
  return end + 1
}
