/** What a word can be completed to, and what that means. */
export type Candidate = readonly [word: string, meaning: string];
