import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

type Headers = Readonly<Record<string, unknown>>;

interface SharedHeadersProps {
  /** The values of `Authorization` that nobody typed: what tabs start with, and what the page offers. */
  readonly offered: ReadonlySet<unknown>;
}

/**
 * Every tab of GraphiQL has its own headers. A tab whose credential was not edited gets the headers that were typed last, so that a
 * token is typed once. If introspection was refused before, it is repeated.
 */
export function SharedHeaders({ offered }: SharedHeadersProps): null {
  const editor = useGraphiQL((state) => state.headerEditor);
  const hasDocs = useGraphiQL((state) => Boolean(state.schema));
  const actions = useGraphiQLActions();

  useEffect(() => {
    if (!editor) return;
    let typed: Headers | undefined;
    const listener = editor.onDidChangeModelContent(({ isFlush }) => {
      const shown = headersIn(editor.getValue());
      // A flush replaces the whole text, as a change of tab does; other changes are input.
      if (!isFlush) typed = shown ?? typed;
      else if (typed && offered.has(shown?.['Authorization'])) {
        const text = textOf({ ...shown, Authorization: undefined, ...typed });
        // Deferred, because GraphiQL is changing its state.
        if (text !== editor.getValue()) queueMicrotask(() => editor.setValue(text));
      }
    });
    return () => listener.dispose();
  }, [editor, offered]);

  useEffect(() => {
    if (!editor || hasDocs) return;
    const listener = editor.onDidBlurEditorText(() => void actions.introspect());
    return () => listener.dispose();
  }, [editor, hasDocs, actions]);

  return null;
}

export function textOf(headers: Headers): string {
  return JSON.stringify(headers, null, 2);
}

/** Undefined for a text that is no JSON object, such as one that is being typed. */
export function headersIn(text: string): Headers | undefined {
  try {
    const headers: unknown = JSON.parse(text);
    return typeof headers === 'object' && headers !== null ? (headers as Headers) : undefined;
  } catch {
    return undefined;
  }
}
