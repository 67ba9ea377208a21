/** Redis runs one call at a time, and other sensors wait for it: so lists go to the shared store in parts. */

/** @param size of each part but the last one, at most */
export const inParts = <T>(all: readonly T[], size: number): (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size))
