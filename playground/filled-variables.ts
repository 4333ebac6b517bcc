import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { type KnownValues } from './known-values.js';

interface FilledVariablesProps {
  readonly known: KnownValues;
}

/** Brings the variables of an example up to date when its tab is shown. */
export function FilledVariables({ known }: FilledVariablesProps): null {
  const editor = useGraphiQL((state) => state.variableEditor);
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  const title = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.title);
  const actions = useGraphiQLActions();

  useEffect(() => {
    if (!editor || title === undefined) return;
    const shown = editor.getValue();
    const variables = known.upToDate(title, shown);
    if (variables === shown) return;
    editor.setValue(variables);
    // GraphiQL would take it over a tenth of a second later, if the tab is still shown then.
    actions.updateActiveTabValues({ variables });
  }, [editor, tab, title, known, actions]);

  return null;
}
