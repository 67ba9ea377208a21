/** A linear model of generated names: its weights, and the logit that it gives a label. */
import { brotliDecompressSync } from 'node:zlib'
import { dgaLogitMax } from '../limits.js'
import type { Calibration } from './calibration.js'
import { newFeatures, readFeatures } from './features.js'

/** The weights of a logistic regression over the features of features.ts. */
export interface DgaModel {
  /** By slot of an n-gram: gramSlots of them. */
  readonly grams: Int8Array
  /** What one unit of `grams` adds to the logit, before it is divided by √(length + 1). */
  readonly gramUnit: number
  /** By side figure. */
  readonly side: Float64Array
  readonly bias: number
}

/** A model as the program ships it. */
export interface PackedDga extends Omit<DgaModel, 'grams' | 'side'> {
  /** DgaModel.grams as bytes, packed by Brotli (RFC 7932), in base64. */
  readonly grams: readonly string[]
  readonly side: readonly number[]
  readonly calibration: Calibration
}

/** Unpacking takes some ms. */
export const unpackDga = ({ grams, side, gramUnit, bias }: PackedDga): DgaModel => ({
  grams: new Int8Array(brotliDecompressSync(Buffer.from(grams.join(''), 'base64'))),
  side: Float64Array.from(side),
  gramUnit,
  bias,
})

const features = newFeatures()

/**
 * The logit that a label is generated: bias + gramUnit · Σ grams / √(length + 1) + Σ side · weight. 0 is even chance among
 * as many generated names as ordinary ones.
 *
 * @param label in lower case, in A-labels
 */
export const logitOf = (model: DgaModel, label: string): number => {
  readFeatures(label, features)
  const { grams, side, gramCount, length } = features
  let sum = 0
  for (let at = 0; at < gramCount; at++) sum += model.grams[grams[at] ?? 0] ?? 0
  let logit = model.bias + (model.gramUnit * sum) / Math.sqrt(length + 1)
  for (let at = 0; at < side.length; at++) logit += (model.side[at] ?? 0) * (side[at] ?? 0)
  return logit
}

/**
 * The logit, cut to ± dgaLogitMax, for a mean over several names: one odd name must not outweigh all others.
 *
 * @param label in lower case, in A-labels
 */
export const clippedLogitOf = (model: DgaModel, label: string): number =>
  Math.max(-dgaLogitMax, Math.min(dgaLogitMax, logitOf(model, label)))
