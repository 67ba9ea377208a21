/** The rules inside tldts, which its types do not show: a tree of labels from the right, in columns. */
declare module 'tldts/dist/cjs/src/data/trie.js' {
  /** By node: where its edges begin; those of the last one end at the last number. */
  export const edgeStart: ArrayLike<number>
  /** By edge: the node that it leads to, and the length of its label. */
  export const edgeChild: ArrayLike<number>
  export const edgeLength: ArrayLike<number>
  /** All labels one behind the other, in the order of the edges. */
  export const labelText: string
  export const rulesRoot: number
  export const exceptionsRoot: number
}
