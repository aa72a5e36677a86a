import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    // The first browsers with Ed25519, which containers need.
    target: ['chrome137', 'firefox129', 'safari18'],
    // Inline data would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ['index.html', 'console.html'] },
  },
});
