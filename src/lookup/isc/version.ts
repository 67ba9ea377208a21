/** Versions as the ISC writes them: `major.minor`. */

export type Version = readonly [major: number, minor: number]

export const noVersion: Version = [0, 0]

// What follows the second number makes no difference to the ISC: ours has three.
const pattern = /^(\d{1,9})(?:\.(\d{1,9})(?:[.+-].*)?)?$/

/** Reads `2`, `2.1` or `2.1.3`; undefined when it is none. */
export const readVersion = (text: string): Version | undefined => {
  const match = pattern.exec(text.trim())
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined
}

export const isAbove = (a: Version, b: Version): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

export const versionText = ([major, minor]: Version): string => `${major}.${minor}`
