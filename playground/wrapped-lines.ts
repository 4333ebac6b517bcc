import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Wraps long lines in the editors that are typed in, as GraphiQL does in the answer: beside the list at the side they are narrow. */
export function WrappedLines(): null {
  const editors = useGraphiQL((state) => [state.queryEditor, state.variableEditor, state.headerEditor]);

  useEffect(() => {
    for (const editor of editors) editor?.updateOptions({ wordWrap: 'on' });
  }, [editors]);

  return null;
}
