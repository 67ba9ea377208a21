/**
 * Every limit of the program, each with its unit in its name. Names and answers come from attackers: whatever
 * can grow has its bound here, and the README says what happens when it bites.
 */
export * from './limits/reading.js'
export * from './limits/waiting.js'
export * from './limits/lookup.js'
export * from './limits/data.js'
export * from './limits/http.js'
