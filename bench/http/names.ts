/** The names that are asked for. */

export const warmName = 'sans.org'
export const mixedNames: readonly string[] = Array.from(
  { length: 1000 },
  (_, i) => `host${i}.example-${i}.com`,
)
