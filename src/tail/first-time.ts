/** The time of the first line of a log, as far as it can be told without knowing the format: for a report only. */

/** Zeek's TSV begins each line with it; in JSON it is `ts` or `timestamp`. Epoch seconds or ms, or ISO 8601. */
const stamps = /(?:^|\n)(\d{9,13}(?:\.\d+)?)\t|"(?:ts|timestamp)":\s*"?([^",}\n]{9,40})/

/** @returns epoch ms; undefined where none is found */
export const firstTime = (lines: Buffer): number | undefined => {
  const found = stamps.exec(lines.subarray(0, searchedBytes).toString('latin1'))
  const text = found?.[1] ?? found?.[2]
  if (text === undefined) return undefined
  const number = Number(text)
  // Suricata writes its offset without a colon.
  if (Number.isNaN(number)) return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) || undefined
  return number > secondsMax ? number : number * 1000
}

const searchedBytes = 64 * 1024
/** A larger number counts milliseconds. */
const secondsMax = 1e11
