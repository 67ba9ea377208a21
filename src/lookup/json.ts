/** JSON text of strangers. */

/** The value that the text holds; undefined, which is no JSON value, when it is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
