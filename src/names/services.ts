/** Tells the public service of a name: its kind for the field `service`, and which of the list it is. */
import { type ServiceKind, serviceKinds } from '../model/service.js'
import { suffixesOf } from './hostname.js'
import { serviceNames } from './services.data.js'

export interface Service {
  readonly kind: ServiceKind
  /** Its name in the list: `ipify.org` for `api.ipify.org`. */
  readonly name: string
}

const services: ReadonlyMap<string, Service> = new Map(
  serviceKinds.flatMap(kind => serviceNames[kind].map(name => [name, { kind, name }] as const)),
)

const dotsIn = (name: string): number => name.split('.').length - 1

/** The end of a name with at most so many dots. */
const lastLabels = (name: string, dotsMax: number): string => {
  let at = name.length
  for (let dots = 0; dots <= dotsMax; dots += 1) {
    at = name.lastIndexOf('.', at - 1)
    if (at <= 0) return name
  }
  return name.slice(at + 1)
}

/** The last two labels of each: nearly all names end otherwise. */
const ends: ReadonlySet<string> = new Set(Array.from(services.keys(), name => lastLabels(name, 1)))

/** The names above those of the list. */
const above: ReadonlySet<string> = new Set(
  Array.from(services.keys(), name => [...suffixesOf(name)].slice(1)).flat(),
)

/** Whether a service of the list lies below a name. */
export const hasServiceBelow = (name: string): boolean => above.has(name)

/** The most dots in a name of the list: what stands before them need not be looked at. */
const dotsMost = Math.max(...Array.from(services.keys(), dotsIn))

/**
 * The service of a name: that of the longest name in the list which it is, or lies below, label by label. The work does
 * not grow with the number of labels.
 *
 * @param name in A-labels, lower case, without a final dot
 */
export const serviceOf = (name: string): Service | undefined => {
  if (!ends.has(lastLabels(name, 1))) return undefined
  for (const suffix of suffixesOf(lastLabels(name, dotsMost))) {
    const found = services.get(suffix)
    if (found) return found
  }
  return undefined
}
