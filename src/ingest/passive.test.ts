import t from 'tap'
import type { NameSeen } from '../model/passive.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import type { ClientRecord } from '../names/client-address.js'
import { createReducer } from '../names/psl.js'
import { chunkOf } from '../tail/testing/chunks.js'
import { QuestionReader } from './reader.js'

const now = Date.UTC(2026, 10, 21, 12)
