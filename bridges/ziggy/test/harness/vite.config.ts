import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = import.meta.dirname;
const choices = process.env['CHOICES_FILE'];

/** The form with doubles in the SDK's place, and with the choices of a test's own org. */
export default defineConfig({
  root: here,
  base: './',
  plugins: [react()],
  resolve: {
    alias: [
      { find: 'ziggy-sdk', replacement: resolve(here, 'doubles.tsx') },
      ...(choices ? [{ find: '../assets/choices.json', replacement: choices }] : []),
    ],
  },
  build: {
    outDir: resolve(here, '../../build/harness'),
    emptyOutDir: true,
    rolldownOptions: { external: [/^node:/] },
  },
});
