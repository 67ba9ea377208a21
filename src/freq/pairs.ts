/** The letter pairs of a text, in the order in which the original freq takes them. */

const newline = 0x0a

/**
 * Calls back with the code points of each pair: first those at 0-1, 2-3, … then those at 1-2, 3-4, … Sums of
 * fractions depend on that order in their last bit. It is what Python's `re.findall('..', text)` followed by
 * `re.findall('..', text[1:])` gives, where `.` is one code point (not one UTF-16 unit) and never a newline.
 */
export const eachPair = (text: string, take: (first: number, second: number) => void): void => {
  const points = codePoints(text)
  pairsFrom(points, 0, take)
  pairsFrom(points, 1, take)
}

const codePoints = (text: string): number[] => {
  const points: number[] = []
  for (let at = 0; at < text.length; at += 1) {
    const point = text.codePointAt(at) ?? 0
    if (point > 0xffff) at += 1 // it took two UTF-16 units
    points.push(point)
  }
  return points
}

const pairsFrom = (
  points: readonly number[],
  start: number,
  take: (first: number, second: number) => void,
) => {
  for (let at = start; ; at += 2) {
    const first = points[at]
    const second = points[at + 1]
    if (first === undefined || second === undefined) return
    if (first === newline || second === newline)
      at -= 1 // no match here: the next try is one further
    else take(first, second)
  }
}
