import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { type ChangeEvent, createElement, type ReactNode, useEffect, useState } from 'react';
import { type NamedCredential } from './credentials.js';
import { headersIn, textOf } from './shared-headers.js';

interface CredentialChoiceProps {
  readonly credentials: readonly NamedCredential[];
}

/** Offers the credentials of the demo. It writes the chosen one into the headers, and shows whose is there. */
export function CredentialChoice({ credentials }: CredentialChoiceProps): ReactNode {
  const editor = useGraphiQL((state) => state.headerEditor);
  const actions = useGraphiQLActions();
  const [sent, setSent] = useState<unknown>(credentials[0]?.authorization);

  useEffect(() => {
    if (!editor) return;
    const show = () => setSent(headersIn(editor.getValue())?.['Authorization']);
    show();
    const listener = editor.onDidChangeModelContent(show);
    return () => listener.dispose();
  }, [editor]);

  if (credentials.length < 2) return null;

  const choose = ({ target }: ChangeEvent<HTMLSelectElement>) => {
    const model = editor?.getModel();
    if (!editor || !model) return;
    const headers = { ...headersIn(model.getValue()), Authorization: target.value };
    const edit = { range: model.getFullModelRange(), text: textOf(headers) };
    // An edit, as typing is, so that it holds for the other tabs too.
    editor.executeEdits('credential', [edit]);
    // GraphiQL would take it over a tenth of a second later, if the tab is still shown then.
    actions.updateActiveTabValues({ headers: edit.text });
  };

  const options = credentials.map(({ name, authorization }) =>
    createElement('option', { key: name, value: authorization }, name),
  );
  const known = credentials.find(({ authorization }) => authorization === sent);
  const another = known ? null : createElement('option', { value: '', disabled: true }, 'as in Headers');
  return createElement(
    'label',
    { className: 'playground-credential' },
    'Ask as',
    createElement('select', { value: known?.authorization ?? '', onChange: choose }, options, another),
  );
}
