/** Skips what a shipper puts before a JSON record: `@cee: `, a syslog header. Must agree with parse/wrappers.ts. */
import { linePrefixBytesMax } from '../../limits'

/**
 * Where the record begins in the line at `at`; 0 unless its prefix begins with `@`, `<`, a letter or a digit, as the
 * common ones do. The full parse may take any other for a header line.
 */
export function behindPrefix(at: usize): usize {
  const byte = load<u8>(at)
  const isCommon = byte == 0x40 || byte == 0x3c || (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10
  return isCommon ? recordFrom(at) : 0
}

function recordFrom(from: usize): usize {
  const brace = i8x16.splat(0x7b)
  const quote = i8x16.splat(0x22)
  const lastControl = i8x16.splat(0x1f)
  for (let at = from; at <= from + <usize>linePrefixBytesMax; at += 16) {
    const x = v128.load(at)
    const starts = <u32>i8x16.bitmask(v128.and(i8x16.eq(x, brace), i8x16.eq(v128.load(at, 1), quote)))
    // A control byte ends the search: a newline, or the tab of fluentd or of Zeek TSV.
    const stops = <u32>i8x16.bitmask(i8x16.eq(i8x16.min_u(x, lastControl), x))
    if ((starts | stops) == 0) continue
    const start = at + ctz(starts | stops)
    const isRecord = (starts & (1 << ctz(starts | stops))) != 0 && start - from <= <usize>linePrefixBytesMax
    return isRecord && !isSeparatorLine(from, start) ? start : 0
  }
  return 0
}

/** Whether the first word ends with `separator`: the full parse reads such a line as the start of a Zeek header. */
function isSeparatorLine(from: usize, to: usize): bool {
  let at = from
  while (at < to && load<u8>(at) != 0x20) at++
  return at - from >= 8 && load<u64>(at - 8) == word('eparator')
}
