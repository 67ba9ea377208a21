/** Reads XML as Wazuh writes it: elements, attributes, text, comments and the five entities; several roots are allowed. */

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, trimmed. */
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const plain = (text: string): string => text.replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all)

/** @throws Error for an element that is not closed, and for one that is closed twice */
export const readXml = (text: string): readonly XmlElement[] => {
  const tokens = text.matchAll(
    /<!--[^]*?-->|<\/([\w-]+)\s*>|<([\w-]+)((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g,
  )
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' }
  const open = [root]
  let end = 0
  for (const token of tokens) {
    if (token.index !== end) throw new Error(`no XML: ${text.slice(end, end + 40)}`)
    end += token[0].length
    const [, closed, name, attributes = '', isEmpty, content] = token
    const inner = open.at(-1) ?? root
    if (closed !== undefined) {
      if (inner.name !== closed) throw new Error(`</${closed}> closes <${inner.name}>`)
      inner.text = inner.text.trim()
      open.pop()
    } else if (name !== undefined) {
      const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
        key,
        plain(value),
      ])
      const element = {
        name,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        children: [],
        text: '',
      }
      inner.children.push(element)
      if (isEmpty === '') open.push(element)
    } else if (content !== undefined) inner.text += plain(content)
  }
  if (open.length !== 1 || end !== text.length) throw new Error(`<${open.at(-1)?.name ?? ''}> is not closed`)
  return root.children
}
