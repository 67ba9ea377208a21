/**
 * When each name was written last, encoded in one text in the row of its domain, which is read and written anyway: for each
 * name seven digits (base 64) of its hash and seven of the time.
 */
/** A name of which a record is written. */
export interface WrittenName {
  readonly name: string
  /** Event time in whole epoch ms, since 2000. */
  readonly ts: number
}

export interface RememberedNames {
  /** Event time of a name's last record, epoch ms; undefined where it is forgotten. */
  readonly get: (name: string) => number | undefined
  readonly put: (written: WrittenName) => void
}

/** How many names a text holds. */
export const namesIn = (written: string): number => written.length / entryWidth

/** Key in meta of the salt of the hashes. */
export const saltKey = 'salt'

/** Epoch ms of time 0: no older event is plausible. 42 bits reach to 2139. */
const epoch = Date.UTC(2000, 0, 1)

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_'
const codes = Uint8Array.from(digits, digit => digit.charCodeAt(0))
const values = new Uint8Array(128)
for (const [value, code] of codes.entries()) values[code] = value

/** Digits of a number. An entry is two numbers: hash and time. */
const width = 7
const entryWidth = 2 * width
const half = 64 ** 3

/** @param number below 2^42 */
const toDigits = (number: number): string => {
  const high = Math.floor(number / half)
  const low = number % half
  const digit = (bits: number): number => codes[bits & 63] ?? 0
  return String.fromCharCode(
    ...[digit(high >>> 18), digit(high >>> 12), digit(high >>> 6), digit(high)],
    ...[digit(low >>> 12), digit(low >>> 6), digit(low)],
  )
}

const fromDigits = (text: string, at: number): number => {
  let number = 0
  for (let place = at; place < at + width; place += 1)
    number = number * 64 + (values[text.charCodeAt(place) & 127] ?? 0)
  return number
}

/**
 * Hashes texts to 42 bits: two multiplicative hashes, mixed as in the finalizer of MurmurHash3.
 *
 * @param salt hex, secret to this store: an attacker cannot choose two texts with the same hash
 */
export const saltedHashIn = (salt: string) => {
  const [seedA, seedB] = [parseInt(salt.slice(0, 8), 16) | 0, parseInt(salt.slice(8, 16), 16) | 0]
  return (text: string): number => {
    let [a, b] = [seedA, seedB]
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      a = Math.imul(a ^ code, 0x9e3779b1)
      a = (a << 13) | (a >>> 19)
      b = Math.imul(b ^ code, 0x5f356495)
      b = (b << 15) | (b >>> 17)
    }
    a = Math.imul(a ^ (b >>> 15), 0x85ebca6b)
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35)
    a ^= b >>> 16
    return (a >>> 0) * 1024 + (b >>> 22)
  }
}

/** The upper 32 bits of the hash of a client, for model/client-sketch.ts. @param salt as of saltedHashIn */
export const clientHashIn = (salt: string) => {
  const hash = saltedHashIn(salt)
  return (client: string): number => Math.floor(hash(client) / 1024)
}

/** @param salt as of saltedHashIn */
export const windowsIn = (salt: string) => {
  const hash = saltedHashIn(salt)
  const keyOf = (name: string): string => toDigits(hash(name))

  const placeOf = (written: string, key: string): number => {
    let at = written.indexOf(key)
    while (at % entryWidth > 0) at = written.indexOf(key, at + 1)
    return at
  }

  const entriesOf = (written: string): Map<string, string> => {
    const entries = new Map<string, string>()
    for (let at = 0; at < written.length; at += entryWidth)
      entries.set(written.slice(at, at + width), written.slice(at + width, at + entryWidth))
    return entries
  }

  return {
    /** The names of a domain, of which only the last `kept` are remembered, from one record to the next. */
    remember: (written: string, kept: number): RememberedNames => {
      const entries = entriesOf(written)
      return {
        get: name => {
          const time = entries.get(keyOf(name))
          return time === undefined ? undefined : epoch + fromDigits(time, 0)
        },
        put: ({ name, ts }) => {
          const key = keyOf(name)
          entries.delete(key)
          entries.set(key, toDigits(ts - epoch))
          const [oldest = key] = entries.keys()
          if (entries.size > kept) entries.delete(oldest)
        },
      }
    },
    /** Event time of a name's last record, epoch ms; undefined if there is none. `written`: the text of its domain. */
    get: (written: string, name: string): number | undefined => {
      const at = placeOf(written, keyOf(name))
      return at < 0 ? undefined : epoch + fromDigits(written, at + width)
    },
    /** The text after `names` were written, with at most `kept` entries; the oldest are dropped. */
    after: (written: string, names: readonly WrittenName[], kept: number): string => {
      const [only] = names
      if (only && names.length === 1 && written.length < kept * entryWidth) {
        const key = keyOf(only.name)
        const at = placeOf(written, key)
        const others = at < 0 ? written : written.slice(0, at) + written.slice(at + entryWidth)
        return others + key + toDigits(only.ts - epoch)
      }
      const entries = entriesOf(written)
      for (const { name, ts } of names) {
        const key = keyOf(name)
        // Moves it to the end.
        entries.delete(key)
        entries.set(key, toDigits(ts - epoch))
      }
      return Array.from(entries, ([key, time]) => key + time)
        .slice(-kept)
        .join('')
    },
  }
}
