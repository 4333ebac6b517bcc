import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

interface SharedHeadersProps {
  /** The text of the headers that every tab starts with. */
  readonly initial: string;
}

/**
 * Every tab of GraphiQL has its own headers. A tab whose headers were not edited gets the headers that were typed last, so that a
 * token is typed once. If introspection was refused before, it is repeated.
 */
export function SharedHeaders({ initial }: SharedHeadersProps): null {
  const editor = useGraphiQL((state) => state.headerEditor);
  const hasDocs = useGraphiQL((state) => Boolean(state.schema));
  const actions = useGraphiQLActions();

  useEffect(() => {
    if (!editor) return;
    let typed = initial;
    const listener = editor.onDidChangeModelContent(({ isFlush }) => {
      const shown = editor.getValue();
      // A flush replaces the whole text, as a change of tab does; other changes are input.
      if (!isFlush) typed = shown;
      // Deferred, because GraphiQL is changing its state.
      else if (shown === initial && typed !== initial) queueMicrotask(() => editor.setValue(typed));
    });
    return () => listener.dispose();
  }, [editor, initial]);

  useEffect(() => {
    if (!editor || hasDocs) return;
    const listener = editor.onDidBlurEditorText(() => void actions.introspect());
    return () => listener.dispose();
  }, [editor, hasDocs, actions]);

  return null;
}
