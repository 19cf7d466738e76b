import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Fixed file names: the build is committed, and a rebuild must replace files instead of adding new ones.
export default defineConfig({
  // The studio serves the files in a folder that is called by their build: what a page loads later is of its own build,
  // or is not there.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../studio/ziggy_studio/static',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
        codeSplitting: {
          groups: [
            {
              name: 'codemirror',
              test: /node_modules[\\/](@codemirror|@lezer|json5|papaparse|style-mod|w3c-keyname|crelt)/,
            },
            { name: 'markdown', test: /node_modules[\\/]marked/ },
            { name: 'layout', test: /node_modules[\\/]@dagrejs/ },
            { name: 'vendor', test: /node_modules/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: '[name].js' } } },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    // A page and the libraries anew for each file took four times as long as all the tests.
    isolate: false,
  },
});
