/**
 * Rounds to 4 decimals as Python's `round(x, 4)`: the exact binary value is rounded, and an exact tie goes to
 * the even digit (CPython float.__round__, by correctly rounded dtoa).
 *
 * `toFixed` rounds the exact value too (ECMA-262 Number.prototype.toFixed), but takes a tie upwards. Exact ties
 * are the odd multiples of 1/32: x · 10⁴ = n + ½ means x = (2n + 1) / (2⁵ · 5⁴), and a binary fraction has no
 * 5 below its line. Their x · 10⁴ is exact in a double, as far as scores go.
 */
export const round4 = (x: number): number => {
  if (Math.abs((x * 32) % 2) !== 1) return Number(x.toFixed(4))
  const below = Math.floor(x * 10_000)
  return (below % 2 === 0 ? below : below + 1) / 10_000
}
