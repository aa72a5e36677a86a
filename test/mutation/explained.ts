/** Conditions that no test can notice when they are gone, and why they are there all the same. */
export const EXPLAINED: Readonly<Record<string, string>> = {};
