import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

interface SharedHeadersProps {
  /** The text of the headers that every tab starts with. */
  readonly initial: string;
}

/**
 * Every tab of GraphiQL has headers of its own. A tab whose headers are still the ones that the page came with is given
 * those that were typed last, so that a token is typed once. The docs are asked for again, if they were refused before it.
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
      // A flush is a text put in as a whole, by a change of tab; the rest is somebody's typing.
      if (!isFlush) typed = shown;
      // Not at once: GraphiQL is in the middle of changing its state.
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
