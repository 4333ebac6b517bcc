import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { ChosenFiles } from './chosen-files.js';
import { examples } from './examples.js';
import { examplesPlugin } from './examples-panel.js';
import { CredentialChoice } from './credential-choice.js';
import { givenCredentials } from './credentials.js';
import { createFetcher, placeholder } from './fetcher.js';
import { FileButtons } from './file-buttons.js';
import { FilledVariables } from './filled-variables.js';
import { KnownValues } from './known-values.js';
import { memoryStorage } from './memory-storage.js';
import { SharedHeaders, textOf } from './shared-headers.js';
import { WrappedLines } from './wrapped-lines.js';
import './workers.js';

const credentials = givenCredentials();
const [given] = credentials;
const headers = { Authorization: given?.authorization ?? placeholder };
const offered = new Set([headers.Authorization, ...credentials.map(({ authorization }) => authorization)]);
const headersText = textOf(headers);
const files = new ChosenFiles();
const known = new KnownValues();
const examplesAtTheSide = examplesPlugin({
  known,
  headersOf: (example) => textOf({ ...headers, ...example.headers }),
});
const [first] = examples;
/** In proportion to the rest; GraphiQL's own third leaves too little for the editors. */
const widthOfTheSide = '0.26';

const container = document.getElementById('playground');
if (!container) throw new Error('The page has no place for the playground.');

createRoot(container).render(
  createElement(
    GraphiQL,
    {
      fetcher: createFetcher({ initialHeaders: headers, files, known }),
      // By default GraphiQL writes all input, private keys included, to localStorage.
      storage: memoryStorage({ 'graphiql:docExplorerFlex': widthOfTheSide }),
      shouldPersistHeaders: false,
      // The history, which GraphiQL has by default, would keep variables.
      plugins: [examplesAtTheSide],
      visiblePlugin: examplesAtTheSide,
      defaultTabs: first ? [{ ...first, headers: headersText }] : [],
      // The editors do not take their first content from the first tab.
      initialQuery: first?.query ?? '',
      initialVariables: first?.variables ?? '',
      initialHeaders: headersText,
      defaultHeaders: headersText,
      defaultEditorToolsVisibility: given ? 'variables' : 'headers',
    },
    createElement(
      GraphiQL.Logo,
      null,
      createElement(CredentialChoice, { credentials }),
      createElement('h1', { className: 'playground-title' }, 'Origin Pulls Gateway'),
    ),
    createElement(SharedHeaders, { offered }),
    createElement(WrappedLines),
    createElement(FilledVariables, { known }),
    createElement(FileButtons, { files }),
  ),
);
