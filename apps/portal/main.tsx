import '@fontsource-variable/ibm-plex-sans/wght.css';
import '@mantine/core/styles.css';
import './portal.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { startMessages } from './i18n/messages.js';

await startMessages();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
