/** Cut the left label until it matches: the one way in which names are looked up by their ends. */

/** `an.example.com`: itself, then `example.com`, then `com`. */
export function* suffixesOf(name: string): Generator<string, undefined> {
  yield name
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1)
}
