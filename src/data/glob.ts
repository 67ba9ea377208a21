/** Patterns for names: `*` stands for any characters, `?` for one. Matched in one pass, without back-tracking. */

/** Whether a name matches. After a mismatch only the last star can take one more: so the time is their product at most. */
export const matches = (glob: string, name: string): boolean => {
  let [g, n, star, from] = [0, 0, -1, 0]
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g
      g += 1
      from = n
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g += 1
      n += 1
    } else if (star !== -1) {
      from += 1
      n = from
      g = star + 1
    } else return false
  }
  while (glob[g] === '*') g += 1
  return g === glob.length
}
