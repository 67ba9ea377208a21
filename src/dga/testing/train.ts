/**
 * Trains a model: logistic regression by AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) with
 * dropout of n-grams, so that no single one decides. The same labels and the same numbers of `chance` give the same bytes.
 */
import type { Chance } from '../../testing/chaos/chance.js'
import { type Features, gramSlots, gramsMax, newFeatures, readFeatures, sideCount } from '../features.js'
import type { DgaModel } from '../model.js'

const epochs = 5
const batch = 512
/** Of the n-grams of a label, the part that one step does not see. */
const dropout = 0.6
const [rate, leastRate, decay, beta1, beta2, epsilon] = [0.01, 0.02, 0.1, 0.9, 0.999, 1e-8]

// Where each weight stands: n-grams, side figures, what all n-grams are multiplied by, bias.
const sideAt = gramSlots
const gainAt = sideAt + sideCount
const biasAt = gainAt + 1
const weightCount = biasAt + 1

/** A label, and whether it is generated. */
interface Example {
  readonly label: string
  readonly isGenerated: boolean
  /** Both classes weigh the same in all. */
  readonly weight: number
}

interface State {
  readonly weights: Float32Array
  readonly gradient: Float32Array
  readonly mean: Float32Array
  readonly square: Float32Array
  readonly features: Features
  /** Slots of the n-grams that the step sees. */
  readonly seen: Int32Array
}

/** @param log gets a line per epoch */
export const trainModel = (
  ordinary: readonly string[],
  generated: readonly string[],
  chance: Chance,
  log: (line: string) => void = () => undefined,
): DgaModel => {
  const examples = examplesOf(ordinary, generated)
  const state: State = {
    weights: new Float32Array(weightCount),
    gradient: new Float32Array(weightCount),
    mean: new Float32Array(weightCount),
    square: new Float32Array(weightCount),
    features: newFeatures(),
    seen: new Int32Array(gramsMax),
  }
  state.weights[gainAt] = 0.1
  const steps = epochs * Math.ceil(examples.length / batch)
  let step = 0
  for (let epoch = 1; epoch <= epochs; epoch++) {
    shuffle(examples, chance)
    let loss = 0
    for (let from = 0; from < examples.length; from += batch) {
      const some = examples.slice(from, from + batch)
      state.gradient.fill(0)
      for (const example of some) loss += addGradient(state, example, some.length, chance)
      step++
      update(state, step, rate * Math.max(leastRate, 1 - (step - 1) / steps))
    }
    log(`epoch ${epoch}: loss ${(loss / examples.length).toFixed(4)}`)
  }
  return quantised(state.weights)
}

const examplesOf = (ordinary: readonly string[], generated: readonly string[]): Example[] => {
  const half = (ordinary.length + generated.length) / 2
  return [
    ...ordinary.map(label => ({ label, isGenerated: false, weight: half / ordinary.length })),
    ...generated.map(label => ({ label, isGenerated: true, weight: half / generated.length })),
  ]
}

const shuffle = (list: Example[], chance: Chance): void => {
  for (let at = list.length - 1; at > 0; at--) {
    const other = chance.between(0, at)
    const [a, b] = [list[at], list[other]]
    if (a !== undefined && b !== undefined) [list[at], list[other]] = [b, a]
  }
}

/** Adds the gradient of the loss of one example. Returns the loss. */
const addGradient = (
  { weights, gradient, features, seen }: State,
  { label, isGenerated, weight }: Example,
  batchLength: number,
  chance: Chance,
): number => {
  readFeatures(label, features)
  const { grams, side, gramCount, length } = features
  let [seenCount, sum] = [0, 0]
  for (let at = 0; at < gramCount; at++) {
    if (chance.next() < dropout) continue
    const slot = grams[at] ?? 0
    seen[seenCount++] = slot
    sum += weights[slot] ?? 0
  }
  const norm = 1 / Math.sqrt(length + 1) / (1 - dropout)
  const gain = weights[gainAt] ?? 0
  let logit = (weights[biasAt] ?? 0) + gain * norm * sum
  for (let at = 0; at < sideCount; at++) logit += (weights[sideAt + at] ?? 0) * (side[at] ?? 0)
  const chanceOfGenerated = 1 / (1 + Math.exp(-logit))
  const error = ((chanceOfGenerated - Number(isGenerated)) * weight) / batchLength
  for (let at = 0; at < seenCount; at++) add(gradient, seen[at] ?? 0, error * gain * norm)
  for (let at = 0; at < sideCount; at++) add(gradient, sideAt + at, error * (side[at] ?? 0))
  add(gradient, gainAt, error * norm * sum)
  add(gradient, biasAt, error)
  return -weight * Math.log(Math.max(1e-9, isGenerated ? chanceOfGenerated : 1 - chanceOfGenerated))
}

const add = (array: Float32Array, at: number, value: number): void => {
  array[at] = (array[at] ?? 0) + value
}

/** One step of AdamW. Only the weights of n-grams decay: of the others there are few. */
const update = ({ weights, gradient, mean, square }: State, step: number, stepRate: number): void => {
  const [bias1, bias2] = [1 - beta1 ** step, 1 - beta2 ** step]
  for (let at = 0; at < weightCount; at++) {
    const slope = gradient[at] ?? 0
    const m = beta1 * (mean[at] ?? 0) + (1 - beta1) * slope
    const s = beta2 * (square[at] ?? 0) + (1 - beta2) * slope * slope
    mean[at] = m
    square[at] = s
    const shrunk = (weights[at] ?? 0) * (at < gramSlots ? 1 - stepRate * decay : 1)
    weights[at] = shrunk - (stepRate * m) / bias1 / (Math.sqrt(s / bias2) + epsilon)
  }
}

/** The part of the weights of n-grams that int8 can tell apart; the few beyond it are clipped. */
const unclippedPart = 0.9995

const quantised = (weights: Float32Array): DgaModel => {
  const grams = weights.subarray(0, gramSlots)
  const sizes = Float32Array.from(grams, Math.abs).sort()
  const unit = (sizes[Math.floor(gramSlots * unclippedPart)] ?? 1) / 127
  return {
    grams: Int8Array.from(grams, weight => Math.max(-127, Math.min(127, Math.round(weight / unit)))),
    gramUnit: rounded((weights[gainAt] ?? 0) * unit),
    side: Float64Array.from(weights.subarray(sideAt, gainAt), rounded),
    bias: rounded(weights[biasAt] ?? 0),
  }
}

const rounded = (value: number): number => Number(value.toPrecision(6))
