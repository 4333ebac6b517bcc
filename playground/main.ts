import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { examples } from './examples.js';
import { createFetcher } from './fetcher.js';
import { memoryStorage } from './memory-storage.js';
import { SharedHeaders } from './shared-headers.js';
import './workers.js';

const given = document.querySelector<HTMLMetaElement>('meta[name="authorization"]')?.content;
const headers = { Authorization: given || 'Bearer your-cloudflare-api-token' };
const headersText = JSON.stringify(headers, null, 2);
const tabs = examples.map((example) => ({ ...example, headers: headersText }));

const container = document.getElementById('playground');
if (!container) throw new Error('The page has no place for the playground.');

createRoot(container).render(
  createElement(
    GraphiQL,
    {
      fetcher: createFetcher(headers),
      // By default GraphiQL writes all input, private keys included, to localStorage.
      storage: memoryStorage(),
      shouldPersistHeaders: false,
      // The history would keep variables.
      plugins: [],
      defaultTabs: tabs,
      // The editors do not take their first content from the first tab.
      initialQuery: tabs[0]?.query ?? '',
      initialVariables: tabs[0]?.variables ?? '',
      initialHeaders: headersText,
      defaultHeaders: headersText,
      defaultEditorToolsVisibility: given ? 'variables' : 'headers',
    },
    createElement(
      GraphiQL.Logo,
      null,
      createElement('h1', { className: 'playground-title' }, 'Origin Pulls Gateway'),
    ),
    createElement(SharedHeaders, { initial: headersText }),
  ),
);
