import '@xyflow/react/dist/style.css';
import './theme/base.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';

// The studio answers on this machine, whatever the browser says of the network.
const networkMode = 'always';
const client = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, networkMode }, mutations: { networkMode } },
});
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
