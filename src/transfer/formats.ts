/** The formats of lists, by the names that a user states them with. Apart, because each start of the program needs them. */

/** The lists of domain_stats and our exports; lines with dates; lines with names. */
export const formats = ['json', 'csv', 'names'] as const
export type ListFormat = (typeof formats)[number]
