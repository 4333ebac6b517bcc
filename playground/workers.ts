import type {} from 'monaco-editor';

/** File names, set by scripts/build-playground.ts. */
declare const workerFiles: Readonly<Record<'editor' | 'graphql' | 'json', string>>;

window.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = label === 'graphql' || label === 'json' ? label : 'editor';
    return new Worker(new URL(workerFiles[name], import.meta.url));
  },
};
