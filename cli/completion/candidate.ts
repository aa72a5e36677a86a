/** A completion of the typed word, and its meaning. */
export type Candidate = readonly [word: string, meaning: string];
