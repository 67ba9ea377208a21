/** Lists that are sent to the shared store in parts: it answers nobody else while it does one. */

/** @param size of each part but the last one, at most */
export const inParts = <T>(all: readonly T[], size: number): (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size))
