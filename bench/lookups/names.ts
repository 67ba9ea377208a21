/** Makes names and the log of a sensor with them, the same in each run. */

const words = (
  'apple bank baker beach bird blue book bread bridge bright camp candle castle chair cherry city clear cloud ' +
  'coast coffee corn country dance daily deal dream east energy family farm field fire fish flower forest fresh ' +
  'game garden glass golden grand green harbor health hill home horse house island kitchen lake land light little ' +
  'lemon market meadow media milk modern moon morning music night ocean orange paper park pearl ' +
  'planet power river road'
).split(' ')

/** A name that a person would choose: 300,000 different ones for each TLD. */
export const ordinary = (n: number, tld: string): string => {
  const word = (place: number) => words[Math.floor(n / words.length ** place) % words.length] ?? ''
  return `${word(0)}${word(1)}${word(2)}.${tld}`
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** A name like those that malware generates: twelve letters by chance (of the hash murmur3 finishes with). */
export const generated = (n: number, tld: string): string => {
  const letter = (place: number): string => {
    let mixed = Math.imul(n * 12 + place + 1, 0x9e3779b1)
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return letters[((mixed ^ (mixed >>> 16)) >>> 0) % letters.length] ?? ''
  }
  return `${Array.from({ length: 12 }, (_, place) => letter(place)).join('')}.${tld}`
}

/** So many names as `nameOf` gives them for 0, 1, 2 … */
export const names = (count: number, nameOf: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => nameOf(n))

/** A line of Zeek's dns.log for each. */
export const zeekLog = (names: readonly string[]): string => {
  const seconds = Math.floor(Date.now() / 1000)
  return names.map((name, n) => line(name, n, seconds)).join('')
}

const line = (name: string, n: number, seconds: number): string =>
  `{"_path":"dns","ts":${seconds},"uid":"C${n}","id.orig_h":"10.20.1.${n % 250}","id.orig_p":33071,` +
  `"id.resp_h":"10.20.0.53","id.resp_p":53,"proto":"udp","query":"${name}","qtype_name":"A","rcode_name":"NOERROR"}\n`
