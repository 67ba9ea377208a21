/** Which spellings of a letter count as that letter. */

const cased = /^[\p{Lowercase}\p{Uppercase}]$/u

/**
 * The keys under which a table that ignores case may hold a letter: its lower and its upper case. A letter whose
 * two are equal ('ª') is listed twice, and so is counted twice, as in the original. A case may be two code points
 * long ('İ' is 'i̇' in lower case, 'ß' is 'SS' in upper case): no trained table holds pairs of such a key.
 *
 * "Cased" is what Python's `islower` and `isupper` say of one character: the Unicode properties Lowercase and
 * Uppercase. Python's `lower` and `upper`, and JavaScript's, are Unicode's full mappings, independent of locale.
 */
export const spellings = (letter: string, ignoreCase: boolean): readonly string[] =>
  ignoreCase && cased.test(letter) ? [letter.toLowerCase(), letter.toUpperCase()] : [letter]
