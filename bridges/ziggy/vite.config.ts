import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'build/plugin',
    lib: { entry: resolve(import.meta.dirname, 'src/index.ts'), formats: ['es'], fileName: 'index' },
    // The platform has these; and what only Node has is loaded when a block runs, never in the browser.
    rolldownOptions: { external: ['react', 'react-dom', 'react/jsx-runtime', 'ziggy-sdk', /^node:/] },
    minify: false,
  },
});
