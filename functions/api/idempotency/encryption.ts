import { createCipheriv, createDecipheriv } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const ENCRYPTION_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts and authenticates a text. */
export function encrypt(text: string, key: Uint8Array, random: (length: number) => Uint8Array): Uint8Array {
  const iv = random(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const encrypted = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([iv, cipher.getAuthTag(), ...encrypted]);
}

/** @throws if the text was encrypted with another key, or changed. */
export function decrypt(ciphertext: Uint8Array, key: Uint8Array): string {
  const decipher = createDecipheriv(CIPHER, key, ciphertext.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(ciphertext.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const encrypted = ciphertext.subarray(IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
}
