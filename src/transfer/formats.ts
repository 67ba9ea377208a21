/** The formats of lists, by the names that a user gives them. In a file of their own: each start of the program needs them. */

/** `json`: lists of domain_stats and our exports; `csv`: lines with dates; `names`: lines with names. */
export const formats = ['json', 'csv', 'names'] as const
export type ListFormat = (typeof formats)[number]

/** The formats in which tags are exported. */
export const tagFormats = ['csv', 'stix', 'misp'] as const
export type TagFormat = (typeof tagFormats)[number]
